"""What commands print: JSON and lines that can steer no terminal, in UTF-8, whatever reads them."""

import contextlib
import json
import os
import re
import sys
import unicodedata
from datetime import datetime
from enum import Enum
from typing import Any

# What json leaves as it is although a terminal acts on it: C1 controls, marks that turn the
# direction of writing, halves of surrogate pairs. They only occur inside strings.
_STEERING = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def as_json(value: object, indent: int | None = None) -> str:
    """`value` as JSON that is safe to show; times in ISO 8601, enums by their value."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_jsonable)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(value: object) -> None:
    """Write `value` to standard output, indented."""
    sys.stdout.write(as_json(value, indent=2) + "\n")


def plain(value: object) -> str:
    """`value` as one line of text without control characters: posts are hostile to terminals."""
    text = "" if value is None else str(value)
    return "".join(
        " " if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") else sign
        for sign in text
    )


def set_up_streams() -> None:
    """Write UTF-8 whatever the locale is; JSON lines have no other encoding."""
    for stream in (sys.stdout, sys.stderr):
        # Whoever calls the commands from Python may have put something else there.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def finish_output() -> bool:
    """Write what is left; False where the reader is gone (`amends cases | head`)."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try again at its end, and complain.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _jsonable(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{value!r} cannot be written as JSON")
