"""Which words drove a verdict: each phrase is left out in turn, and the fall is measured."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from monitor.classifier.calibration import Floats
from monitor.classifier.text import clip
from monitor.classifier.verdict import Item

PHRASES = 3
MOST_PIECES = 24  # of a post that are tried; a longer post gets longer pieces
LONGEST = 80  # characters of a phrase as shown
LEAST_FALL = 0.02

Drive = Callable[[Sequence[Item]], Floats]

_CLAUSE = re.compile(r"[^.!?,;:\n]+[.!?,;:\n]*")
_WORDS = re.compile(r"\S+")


def explain(items: Sequence[Item], drive: Drive) -> list[tuple[str, ...]]:
    """For each item the phrases without which ``drive`` falls most, strongest first.

    ``drive`` scores items, higher for what is more of a complaint and more urgent. Every left-out
    version of every item goes through it in one call.
    """
    if not items:
        return []
    variants: list[Item] = list(items)
    plans = []
    for item in items:
        pieces = spans(clip(item.text))
        plans.append((len(variants), pieces))
        text = clip(item.text)
        variants += [
            Item(f"{text[:start]} {text[end:]}", item.rating, item.channel) for start, end in pieces
        ]
    scores = drive(variants)
    found = []
    for n, (item, (first, pieces)) in enumerate(zip(items, plans, strict=True)):
        falls = [float(scores[n] - scores[first + k]) for k in range(len(pieces))]
        order = sorted(range(len(pieces)), key=lambda k: -falls[k])[:PHRASES]
        text = clip(item.text)
        phrases = [_shown(text[slice(*pieces[k])]) for k in order if falls[k] >= LEAST_FALL]
        found.append(tuple(phrase for phrase in phrases if phrase))
    return found


def spans(text: str) -> list[tuple[int, int]]:
    """Pieces of three to five words that do not cross a clause, as character offsets."""
    words = [(m.start(), m.end()) for m in _WORDS.finditer(text)]
    size = max(4, -(-len(words) // MOST_PIECES))
    pieces: list[tuple[int, int]] = []
    for clause in _CLAUSE.finditer(text):
        inside = [(a, b) for a, b in words if clause.start() <= a < clause.end()]
        parts = max(1, round(len(inside) / size))
        step = -(-len(inside) // parts) if inside else 1
        for k in range(0, len(inside), step):
            chunk = inside[k : k + step]
            pieces.append((chunk[0][0], chunk[-1][1]))
    if len(pieces) > 2 * MOST_PIECES:
        pieces = [
            (words[k][0], words[min(k + size, len(words)) - 1][1])
            for k in range(0, len(words), size)
        ]
    return pieces


def _shown(phrase: str) -> str:
    # A post may hold marks that turn the text around them; they must not reach a message.
    phrase = "".join(c for c in phrase if unicodedata.category(c) not in ("Cc", "Cf"))
    phrase = phrase.strip(" \t\n.,;:")
    return phrase if len(phrase) <= LONGEST else phrase[: LONGEST - 1].rstrip() + "…"
