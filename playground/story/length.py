"""How X counts the length of a text; above LIMIT the full text travels as a long post."""

import re
import unicodedata

LIMIT = 280
LONG_LIMIT = 1500

_URL = re.compile(r"https?://\S+")
_URL_LENGTH = 23
# Code points that count once; all others, emoji and CJK among them, count twice.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def weighted_length(text: str) -> int:
    """Returns the length as X counts it; an emoji made of several is counted part by part."""
    urls = len(_URL.findall(text))
    rest = unicodedata.normalize("NFC", _URL.sub("", text))
    return urls * _URL_LENGTH + sum(1 if _light(ord(char)) else 2 for char in rest)


def _light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)
