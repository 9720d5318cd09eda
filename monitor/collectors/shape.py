"""One post as an archive or a caller writes it: checked field by field, then an Incoming.

The shape is the same for `import` and `classify`; every refusal is a sentence about one field.
"""

import re
from datetime import UTC, datetime
from typing import Any

from config.errors import AmendsError
from monitor.ingest import Incoming

MAX_ID = 255
MAX_URL = 2000
MAX_FOLLOWERS = 2**31 - 1
_CHANNEL = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no", ""})


class PostError(AmendsError):
    """A post that cannot be taken; the text says which field is wrong and what would be right."""


def parse_post(
    raw: object,
    *,
    brand: str,
    now: datetime,
    channel: str = "import",
    source: str = "import",
) -> Incoming:
    """Check a decoded JSON value (or a CSV row made into one) and turn it into a post.

    `brand` and `channel` stand in where the post names none, `now` where it has no `created_at`.
    Keys that have no meaning here are ignored. NUL is taken out of texts (PostgreSQL refuses it),
    and half of a surrogate pair, which no database takes, becomes U+FFFD. A link that is no web
    address is left out. Raises PostError.
    """
    if not isinstance(raw, dict):
        raise PostError("the line is no JSON object; a post is written as {...}.")
    author = raw.get("author")
    if author is None:
        author = {}
    if not isinstance(author, dict):
        raise PostError('author must be an object such as {"id": "...", "handle": "..."}.')
    handle = _text(author, "handle", "author.handle")
    return Incoming(
        channel=_channel(raw, channel),
        external_id=_required_id(raw),
        text=_required_text(raw),
        created_at=_moment(raw, now),
        brand=_text(raw, "brand") or brand,
        source=source,
        # Two posts under one handle are one person's, also where the archive kept no ids.
        author_id=_id(author, "id", "author.id") or handle,
        author_handle=handle,
        author_followers=min(_count(author, "followers", "author.followers"), MAX_FOLLOWERS),
        url=_url(raw),
        rating=_rating(raw),
        in_reply_to=_id(raw, "in_reply_to"),
        conversation=_id(raw, "conversation"),
        by_brand=_flag(raw, "by_brand"),
    )


def post_id(raw: object) -> str | None:
    """The id of a post that may be wrong in every other way, to name it in an error."""
    if not isinstance(raw, dict):
        return None
    try:
        return _id(raw, "id")
    except PostError:
        return None


def _clean(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _required_id(raw: dict[str, Any]) -> str:
    found = _id(raw, "id")
    if found is None:
        raise PostError("id is missing; without it the post could not be told from another.")
    return found


def _required_text(raw: dict[str, Any]) -> str:
    text = raw.get("text")
    if text is None:
        raise PostError("text is missing.")
    if not isinstance(text, str):
        raise PostError(f"text must be text in quotes, not {_kind(text)}.")
    return _clean(text)


def _id(raw: dict[str, Any], key: str, name: str | None = None) -> str | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        # A number of thousands of digits is no id, and Python refuses to print it.
        value = str(value) if value.bit_length() < 512 else "9" * (MAX_ID + 1)
    if not isinstance(value, str):
        raise PostError(f"{name or key} must be text or a whole number, not {_kind(value)}.")
    value = value.strip()
    if len(value) > MAX_ID:
        raise PostError(f"{name or key} is longer than {MAX_ID} characters.")
    if value != _clean(value):
        raise PostError(f"{name or key} has characters that cannot be stored.")
    return value or None


def _text(raw: dict[str, Any], key: str, name: str | None = None) -> str | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise PostError(f"{name or key} must be text in quotes, not {_kind(value)}.")
    return _clean(value).strip()[:MAX_ID] or None


def _channel(raw: dict[str, Any], default: str) -> str:
    value = _text(raw, "channel")
    if value is None:
        return default
    if not _CHANNEL.fullmatch(value.lower()):
        raise PostError("channel must be a short name such as x or reddit.")
    return value.lower()


def _moment(raw: dict[str, Any], now: datetime) -> datetime:
    value = raw.get("created_at")
    if value is None or value == "":
        return now
    if not isinstance(value, str):
        raise PostError(
            f"created_at must be text such as 2026-03-04T12:00:00Z, not {_kind(value)}."
        )
    try:
        moment = datetime.fromisoformat(value.strip().upper())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PostError("created_at is no time; write it as 2026-03-04T12:00:00Z.") from None
    raise PostError("created_at names no zone; end it with Z for UTC, or with +01:00 and the like.")


def _count(raw: dict[str, Any], key: str, name: str) -> int:
    value = raw.get(key)
    if value is None or value == "":
        return 0
    number = _whole(value)
    if number is None or number < 0:
        raise PostError(f"{name} must be a whole number, 0 or more.")
    return number


def _rating(raw: dict[str, Any]) -> int | None:
    value = raw.get("rating")
    if value is None or value == "":
        return None
    number = _whole(value)
    if number is None or not 1 <= number <= 5:
        raise PostError("rating must be a whole number from 1 to 5, or null.")
    return number


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        # CSV has no numbers. isdecimal alone would let thousands of digits through to int().
        value = value.strip()
        return int(value) if value.isdecimal() and len(value) <= 18 else None
    return value if isinstance(value, int) else None


def _flag(raw: dict[str, Any], key: str) -> bool:
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower() if isinstance(value, str | int) else None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise PostError(f"{key} must be true or false.")


def _url(raw: dict[str, Any]) -> str | None:
    value = raw.get("url")
    if value is None:
        return None
    if not isinstance(value, str):
        raise PostError(f"url must be text in quotes, not {_kind(value)}.")
    url = _clean(value).strip()
    fits = len(url) <= MAX_URL and re.match(r"https?://\S+$", url)
    return url if fits else None


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")
