"""What the encoder reads of a post: the words, and how loudly they were said.

The vocabulary of the encoder is uncased and knows few emoji, so emphasis would be lost: shouting
and lengthening are kept as marks, emoji as their Unicode names.
"""

import html
import re
import unicodedata

HEAD_CHARACTERS = 1500
TAIL_CHARACTERS = 500
SHOUT = "[unused1]"
LENGTHENED = "[unused2]"
MARKS = (SHOUT, LENGTHENED)

_TAG = re.compile(r"<(?:/?[a-zA-Z]|!--)[^<>]{0,200}>")
_RESERVED = re.compile(r"\[(?=(?:unused\d+|CLS|SEP|PAD|MASK|UNK)\])", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@\w+|__(?:company|cust)__", re.IGNORECASE)
_HASHTAG = re.compile(r"#(\w{2,})")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_MARK = re.compile(r"([!?.,\-_*=~])\1{2,}")
_SHOUTED = re.compile(r"(?<!\w)[A-Z][A-Z']{3,}(?:[^\w.!?]+[A-Z][A-Z']+)*(?!\w)")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


def normalise(text: str, rating: int | None = None) -> str:
    """The text as the tokenizer gets it; a star rating leads as ``1 *``.

    Long texts keep their beginning and their end, where the point is made. The result never
    contains a token that has a meaning to the encoder and was typed by the author.
    """
    text = clip(text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _RESERVED.sub("(", text)
    text = _URL.sub("http", text)
    text = _HANDLE.sub("@user", text)
    text = _HASHTAG.sub(lambda m: " " + _HUMPS.sub(" ", m[1]).replace("_", " "), text)
    text = _SHOUTED.sub(rf"\g<0> {SHOUT}", text)
    text = _REPEATED_LETTER.sub(rf"\1\1{LENGTHENED}", text)
    text = re.sub(rf"({re.escape(LENGTHENED)})(\w+)", r"\2 \1", text)
    text = _REPEATED_MARK.sub(r"\1\1\1", text)
    if not text.isascii():
        text = _spell_symbols(text)
    text = _SPACE.sub(" ", text).strip()
    return f"{rating} * {text}" if rating is not None else text


def clip(text: str) -> str:
    """The beginning and the end of a text that is too long to judge whole."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]} {text[-TAIL_CHARACTERS:]}"


def _spell_symbols(text: str) -> str:
    """Emoji become their names (three of a kind say as much as thirty); controls become spaces."""
    out: list[str] = []
    last, seen = "", 0
    for char in text:
        kind = unicodedata.category(char)
        if kind == "So" or "\U0001f3fb" <= char <= "\U0001f3ff":
            seen = seen + 1 if char == last else 1
            last = char
            if seen <= 2 and kind == "So":
                out.append(f" {unicodedata.name(char, 'symbol').lower()} ")
        elif kind in ("Cc", "Cf", "Cs", "Co", "Cn"):
            out.append(" ")
        elif not "\ufe00" <= char <= "\ufe0f":
            out.append(char)
            last = last if char.isspace() else ""
    return "".join(out)
