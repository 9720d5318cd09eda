"""The classifier: posts in, verdicts out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models.labels import Sentiment
from monitor.classifier import reasons as occlusion
from monitor.classifier.calibration import Calibration, Floats
from monitor.classifier.encoder import Encoder
from monitor.classifier.language import detect
from monitor.classifier.outcome import OutcomeModel, decide, features, views
from monitor.classifier.patterns import caught
from monitor.classifier.scores import Caught, Scores, score, state
from monitor.classifier.text import normalise
from monitor.classifier.verdict import Item, Verdict

CHUNK = 2048  # posts that are held as arrays at a time


class SentimentModel(Protocol):
    """Another model for the sentiment, see :mod:`monitor.classifier.named`."""

    name: str

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(n, 3) probabilities of neg, neu and pos."""


class Classifier:
    """Judges posts with the bundled weights. Made by :func:`monitor.classifier.load`."""

    def __init__(
        self,
        encoder: Encoder,
        calibration: Calibration,
        outcome: OutcomeModel | None,
        critical_miss_rate: float = 0.05,
        sentiment_model: SentimentModel | None = None,
    ) -> None:
        self._encoder = encoder
        self._calibration = calibration
        self._outcome = outcome
        self._sentiment_model = sentiment_model
        self._alert_threshold = calibration.alert_threshold(critical_miss_rate)
        self.name = calibration.model
        if sentiment_model:
            self.name += f"+{sentiment_model.name}"

    @classmethod
    def read(
        cls,
        folder: Path,
        threads: int = 2,
        critical_miss_rate: float = 0.05,
        sentiment_model: SentimentModel | None = None,
    ) -> "Classifier":
        """The classifier whose weights and thresholds lie in ``folder``."""
        return cls(
            Encoder(folder, threads),
            Calibration.read(folder / "thresholds.json"),
            OutcomeModel.read(talks) if (talks := folder / "outcome.npz").exists() else None,
            critical_miss_rate,
            sentiment_model,
        )

    @property
    def complaint_threshold(self) -> float:
        """The probability of a complaint from which a post counts as one."""
        return self._calibration.complaint_threshold

    @property
    def noncommercial(self) -> bool:
        """Whether the weights saw text whose terms forbid commercial use."""
        return self._calibration.noncommercial

    @property
    def reads_outcomes(self) -> bool:
        """Whether the weights were trained with conversations, see :meth:`outcomes`."""
        return self._outcome is not None

    @property
    def alert_threshold(self) -> float:
        """The alert score from which a post alerts."""
        return self._alert_threshold

    @property
    def alert_load(self) -> float:
        """The share of natural posts that the alert threshold is expected to alert on."""
        return self._calibration.alert_load(self._alert_threshold)

    def classify(self, items: Sequence[Item], reasons: bool = False) -> list[Verdict]:
        """One verdict for each item, in order. Never raises for any text.

        With ``reasons`` the verdicts that may alert carry the phrases that drove them.
        """
        verdicts: list[Verdict] = []
        for start in range(0, len(items), CHUNK):
            verdicts += self._judge(items[start : start + CHUNK])
        if reasons:
            picked = [n for n, v in enumerate(verdicts) if v.may_alert(self.complaint_threshold)]
            phrases = self.explain([items[n] for n in picked])
            for n, why in zip(picked, phrases, strict=True):
                verdicts[n] = replace(verdicts[n], reasons=why)
        return verdicts

    def explain(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        """For each item up to three phrases that drove complaint and urgency, strongest first."""
        return occlusion.explain(items, self._drive)

    def outcome(self, first: str, reply: str, after: Sequence[str]) -> dict[str, Any]:
        """How one customer ends, see :meth:`outcomes`."""
        return self.outcomes([(first, reply, after)])[0]

    def outcomes(self, talks: Sequence[tuple[str, str, Sequence[str]]]) -> list[dict[str, Any]]:
        """How each customer ends: ``{"label": ..., "p": {label: probability}}``, in order.

        A talk is the customer's first post, the brand's reply, and all that the customer wrote
        after it, oldest first. The reply itself is not judged.

        Raises ``LookupError`` where the weights were trained without conversations.
        """
        if not talks:
            return []
        if self._outcome is None:
            raise LookupError("these weights were trained without conversations")
        head = self._calibration.heads["outcome"]
        texts = [view for first, _reply, after in talks for view in views(first, after)]
        said = self._encoder.logits(self._encoder.encode(texts))
        p = head.probabilities(self._outcome.logits(features(said["pooled"], said)))
        return [
            {"label": label.value, "p": dict(zip(head.labels, map(float, row), strict=True))}
            for label, row in zip(decide(head, self._calibration.eased, p), p, strict=True)
        ]

    def scores(self, items: Sequence[Item]) -> tuple[Scores, list[Caught]]:
        """Probabilities of each head, and what the patterns found, for each item."""
        texts = [normalise(item.text, _stars(item.rating)) for item in items]
        found: list[Caught] = [caught(item.text) for item in items]
        ids = self._encoder.encode(texts)
        return score(self._calibration, self._encoder.logits(ids), found), found

    def _judge(self, items: Sequence[Item]) -> list[Verdict]:
        scores, found = self.scores(items)
        verdicts = [
            state(self._calibration, self._alert_threshold, scores, n, found[n], detect(item.text))
            for n, item in enumerate(items)
        ]
        if self._sentiment_model:
            verdicts = self._with_named_sentiment(items, verdicts)
        return verdicts

    def _with_named_sentiment(
        self, items: Sequence[Item], verdicts: Sequence[Verdict]
    ) -> list[Verdict]:
        assert self._sentiment_model is not None
        p = self._sentiment_model.probabilities([item.text for item in items])
        labels = list(Sentiment)
        return [
            replace(
                verdict,
                sentiment=labels[int(row.argmax())],
                sentiment_p={label.value: float(v) for label, v in zip(labels, row, strict=True)},
                model=self.name,
            )
            for verdict, row in zip(verdicts, p, strict=True)
        ]

    def _drive(self, items: Sequence[Item]) -> Floats:
        scores, _ = self.scores(items)
        return np.asarray(scores.p["complaint"][:, 1] + scores.alert)


def _stars(rating: int | None) -> int | None:
    return rating if rating is None or 1 <= rating <= 5 else None
