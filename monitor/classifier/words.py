"""A linear model over the words themselves, beside the encoder.

Rare words decide small classes ("ombudsman", "refund", "luggage"), and the encoder sees each too
seldom to learn it. The two err differently; mixed they are better than either. A post costs a few
additions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.classifier.calibration import softmax

# What the words count against the encoder, whose own logits are cooled first: a fine-tuned
# encoder is far surer than it is right. For the other heads they brought nothing on held-out rows.
VOTES = {"category": 0.5, "urgency": 0.3}
RISK_VOTE = 0.5
COOLING = 0.6

Logits = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class WordModel:
    """``index`` maps token ids to features (-1: unknown), ``weights`` are (features, columns)."""

    index: NDArray[Any]
    idf: NDArray[Any]
    weights: NDArray[Any]
    bias: NDArray[Any]
    columns: Mapping[str, tuple[int, int]]

    @classmethod
    def read(cls, path: Path) -> "WordModel":
        """Reads ``words.npz``."""
        with np.load(path) as stored:
            columns = {
                str(name): (int(begin), int(end))
                for name, begin, end in zip(
                    stored["tasks"], stored["begins"], stored["ends"], strict=True
                )
            }
            weights = stored["weights"].astype(np.float32)
            return cls(stored["index"], stored["idf"], weights, stored["bias"], columns)

    def write(self, path: Path) -> None:
        """Writes ``words.npz``."""
        np.savez_compressed(
            path,
            index=self.index,
            idf=self.idf,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            tasks=np.array(list(self.columns)),
            begins=np.array([begin for begin, _ in self.columns.values()]),
            ends=np.array([end for _, end in self.columns.values()]),
        )

    def logits(self, ids: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
        """(n, classes) for each task, from token ids with the framing tokens."""
        scores = np.stack([self._score(row[1:-1]) for row in ids]) + self.bias
        return {task: scores[:, begin:end] for task, (begin, end) in self.columns.items()}

    def _score(self, tokens: Sequence[int]) -> NDArray[Any]:
        features, counts = np.unique(self.index[list(tokens)], return_counts=True)
        known = features >= 0
        if not known.any():
            return np.zeros(self.weights.shape[1])
        features = features[known]
        values = (1.0 + np.log(counts[known])) * self.idf[features]
        return np.asarray((values / np.linalg.norm(values)) @ self.weights[features])


def mix(
    encoder: Logits, words: Logits, votes: Mapping[str, float] = VOTES
) -> dict[str, NDArray[Any]]:
    """The encoder's logits with those of the words mixed in, for the tasks that both judge."""
    mixed = dict(encoder)
    for task, vote in votes.items():
        if task in encoder:
            ours = softmax(np.asarray(encoder[task], np.float64) * COOLING)
            theirs = softmax(np.asarray(words[task], np.float64))
            mixed[task] = np.log((ours + vote * theirs) / (1.0 + vote))
    if "risks" in encoder:
        mixed["risks"] = COOLING * encoder["risks"] + RISK_VOTE * words["risks"]
    return mixed
