"""The second net of the risks: a reviewed list of patterns."""

import html
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.labels import Risk

LIMIT = 20_000  # characters that are searched at either end of a very long text
BONUS = {"hint": 1.5, "sure": 3.0}  # to the head's logit; the thresholds were fitted with these
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
    return BONUS[hit] if hit else 0.0


@cache
def nets() -> tuple[Net, ...]:
    """The reviewed nets, compiled."""
    made = []
    source = _source()
    for risk in Risk:
        table = source[risk]
        sure = _any(table["sure"])
        if sure:
            made.append(Net(risk, sure, *(_any(table[k]) for k in ("hint", "unless", "near"))))
    return tuple(made)


def _source() -> dict[str, dict[str, list[str]]]:
    """The patterns of each risk by kind, from the files of all languages together."""
    found: dict[str, dict[str, list[str]]] = {risk: defaultdict(list) for risk in Risk}
    folder = files("monitor.classifier").joinpath("risk_patterns")
    lists = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    for file in sorted(lists, key=lambda each: each.name):
        for risk, table in tomllib.loads(file.read_text("utf-8")).items():
            for kind in ("sure", "hint", "unless", "near"):
                found[risk][kind] += table.get(kind, ())
    return found


def _any(patterns: Sequence[str]) -> re.Pattern[str] | None:
    # A match begins with a word: nothing is tried at the end of one, which halves the time.
    return re.compile(rf"\b(?=\w)(?:{'|'.join(patterns)})(?!\w)") if patterns else None
