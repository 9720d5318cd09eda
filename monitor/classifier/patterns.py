"""The second net of the risks: a reviewed list of patterns."""

import html
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.labels import Risk

LIMIT = 20_000  # characters that are searched at either end of a very long text
NEIGHBOURHOOD = 60  # characters around a match in which an exception counts

_NOT_WORD = re.compile(r"[^\w.]+|_+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_APOSTROPHE = re.compile("['\u2018\u2019`\u00b4]")
_STOPS = re.compile(r"[.!?]+")
_PAUSE = re.compile(r"\.{2,}(?=\s*[a-z])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


@dataclass(frozen=True)
class Net:
    """The patterns of one risk."""

    risk: Risk
    sure: re.Pattern[str]
    hint: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    near: re.Pattern[str] | None

    def catches(self, folded: str) -> str | None:
        """``sure``, ``hint`` or ``None``."""
        if self._found(self.sure, folded):
            return "sure"
        if self.hint and self._found(self.hint, folded):
            return "hint"
        return None

    def _found(self, pattern: re.Pattern[str], folded: str) -> bool:
        for match in pattern.finditer(folded):
            begin = max(0, match.start() - NEIGHBOURHOOD)
            end = match.end() + NEIGHBOURHOOD
            if self.near and self.near.search(folded, begin, end):
                continue
            excepted = self.unless.finditer(folded, begin, end) if self.unless else ()
            if not any(e.start() < match.end() and match.start() < e.end() for e in excepted):
                return True
        return False


def fold(text: str) -> str:
    """Lower case, HTML and apostrophes gone, one space between words, `` . `` between sentences.

    Dots within a sentence ("want to... die") end none.
    """
    if len(text) > 2 * LIMIT:
        text = f"{text[:LIMIT]} {text[-LIMIT:]}"
    text = _TAG.sub(" ", html.unescape(text))
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _PAUSE.sub(" ", text)
    text = _APOSTROPHE.sub("", text.lower())
    text = _STOPS.sub(" . ", text)
    return f" {_NOT_WORD.sub(' ', text)} "


def caught(text: str) -> dict[Risk, str]:
    """Each risk that a pattern found in the text, with ``sure`` or ``hint``."""
    folded = fold(text)
    found = {}
    for net in nets():
        strength = net.catches(folded)
        if strength:
            found[net.risk] = strength
    return found


def bonus(hit: str | None) -> float:
    """What a hit adds to the head's logit of its risk."""
    return float(_source()["bonus"][hit]) if hit else 0.0


@cache
def nets() -> tuple[Net, ...]:
    """The reviewed nets, compiled."""
    made = []
    for risk in Risk:
        table: dict[str, list[str]] = _source().get(risk.value, {})
        sure = _any(table.get("sure", ()))
        if sure:
            made.append(
                Net(risk, sure, *(_any(table.get(k, ())) for k in ("hint", "unless", "near")))
            )
    return tuple(made)


@cache
def _source() -> dict[str, Any]:
    source = files("monitor.classifier").joinpath("risk_patterns.toml")
    return tomllib.loads(source.read_text("utf-8"))


def _any(patterns: Sequence[str]) -> re.Pattern[str] | None:
    # A match begins with a word: nothing is tried at the end of one, which halves the time.
    return re.compile(rf"\b(?=\w)(?:{'|'.join(patterns)})(?!\w)") if patterns else None
