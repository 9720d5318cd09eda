"""How long a text is to its channel, and how long it may be.

X counts by weight, by the public configuration of twitter-text, version 3: most alphabets count 1
a character, the rest (CJK among them) 2, an emoji 2 however many code points it has, a link 23.
"""

import re
import unicodedata

X_LIMIT = 280
DEFAULT_LIMIT = 10_000
URL_WEIGHT = 23
EMOJI_WEIGHT = 2
# Code points that weigh 1; all others weigh 2.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag is two letters
    "|[0-9#*]\ufe0f?\u20e3"  # a key cap
    # A picture with a skin or a style, joined with others or not, with tags for some flags. One
    # that weighs 1 alone is an emoji only in emoji style.
    f"|(?:(?![\u00a9\u00ae]){_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?|{_PICTURE}\ufe0f)"
    f"(?:\u200d{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?)*[\U000e0020-\U000e007f]*"
)
# Names without http:// count as links where X makes them links: these endings, or a country's
# followed by a path.
_ENDINGS = (
    "com|org|net|edu|gov|info|biz|app|dev|shop|store|online|site|help|support|travel|care|news"
    "|blog|cloud|me|io|co|tv|ly"
)
_PATH = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%|À-ɏЀ-ӿ]"
_LABELS = r"(?<![\w@./\-])(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+"
_URL = re.compile(
    rf"https?://[^\s/?#<>\"]+(?:[/?#]{_PATH}*)?"
    rf"|{_LABELS}(?:(?:{_ENDINGS})(?![\w\-])(?:/{_PATH}*)?|[a-z]{{2}}/{_PATH}*)",
    re.IGNORECASE,
)
_TRAILING = ".,:;!?'\")]"


def weighted_length(text: str) -> int:
    """The length of `text` as X counts it; a post takes 280."""
    text = unicodedata.normalize("NFC", text)
    total = position = 0
    for match in _URL.finditer(text):
        # The sentence's punctuation after a link is not the link's.
        link = match[0].rstrip(_TRAILING)
        total += _plain(text[position : match.start()]) + URL_WEIGHT
        position = match.start() + len(link)
    return total + _plain(text[position:])


def limit(channel: str) -> int:
    """The length that a reply on `channel` may have, in the channel's own measure."""
    return X_LIMIT if channel == "x" else DEFAULT_LIMIT


def length(channel: str, text: str) -> int:
    """The length of `text` in the channel's own measure."""
    return weighted_length(text) if channel == "x" else len(text)


def _plain(text: str) -> int:
    total = position = 0
    for match in _EMOJI.finditer(text):
        total += sum(map(_weight, text[position : match.start()])) + EMOJI_WEIGHT
        position = match.end()
    return total + sum(map(_weight, text[position:]))


def _weight(character: str) -> int:
    point = ord(character)
    return 1 if any(first <= point <= last for first, last in LIGHT) else 2
