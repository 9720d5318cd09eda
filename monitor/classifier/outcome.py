"""How a conversation ended, read from three texts that the encoder judges apart.

The last post of the customer, all that they wrote after the reply, and their first post: what
the encoder sees in each, and what its heads say of each, go into one small logistic model. On
one long text the same encoder was far worse, because the end drowned in the beginning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import Outcome
from monitor.classifier.calibration import Eased, Head
from monitor.classifier.text import normalise

TEXTS = 3
HEADS = ("sentiment", "anger", "complaint", "urgency")
LAST_POSTS = 20  # of the customer that are read


def views(first: str, after: Sequence[str]) -> list[str]:
    """The three normalised texts of a conversation."""
    later = [text for text in after if text.strip()][-LAST_POSTS:]
    last = later[-1] if later else ""
    return [normalise(last), normalise(" ".join(later)), normalise(first)]


def features(pooled: NDArray[Any], logits: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """(conversations, features) from the rows of their three views, one after the other."""
    rows = np.concatenate([pooled, *(logits[task] for task in HEADS)], axis=1).astype(np.float64)
    return rows.reshape(len(rows) // TEXTS, -1)


@dataclass(frozen=True)
class OutcomeModel:
    """Weights (classes, features) and biases (classes,) of the logistic model."""

    weights: NDArray[Any]
    bias: NDArray[Any]

    @classmethod
    def read(cls, path: Path) -> "OutcomeModel":
        """Reads ``outcome.npz``."""
        with np.load(path) as stored:
            return cls(stored["weights"].astype(np.float64), stored["bias"].astype(np.float64))

    def write(self, path: Path) -> None:
        """Writes ``outcome.npz``."""
        np.savez_compressed(path, weights=self.weights.astype(np.float16), bias=self.bias)

    def logits(self, rows: NDArray[Any]) -> NDArray[Any]:
        """(conversations, classes)."""
        return np.asarray(rows @ self.weights.T + self.bias)


def decide(head: Head, eased: Eased, p: NDArray[Any]) -> list[Outcome]:
    """The label of each row of probabilities: first whether the customer eased, then which."""
    labels = list(Outcome)
    recovered, appeased = labels.index(Outcome.RECOVERED), labels.index(Outcome.APPEASED)
    rest = [n for n in range(len(labels)) if n not in (recovered, appeased)]
    ranking = np.log(np.maximum(p, 1e-12)) + np.asarray(head.offset)
    out = []
    for row, ranks in zip(p, ranking, strict=True):
        if row[recovered] >= eased.recovered:
            out.append(Outcome.RECOVERED)
        elif row[recovered] + row[appeased] >= eased.either:
            out.append(Outcome.APPEASED)
        else:
            out.append(labels[max(rest, key=lambda n: ranks[n])])
    return out
