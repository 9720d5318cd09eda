"""A sentiment model that the user names: a hub name or a folder, run on torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from config.errors import SettingsError
from monitor.classifier.calibration import Floats, softmax
from monitor.classifier.text import clip

BATCH = 16
_WORDS = {"neg": 0, "neu": 1, "pos": 2}
_BY_COUNT = {2: (0, 2), 3: (0, 1, 2), 5: (0, 0, 1, 2, 2)}


class ModelUnavailable(SettingsError):
    """The named sentiment model cannot be used; the message says why and what to do."""


class NamedSentiment:
    """Any sequence-classification model with two, three or five sentiment classes."""

    def __init__(self, name: str, threads: int = 2) -> None:
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError as error:
            raise ModelUnavailable(
                f"AMENDS_CLASSIFIER__SENTIMENT_MODEL names {name}, which needs torch; install "
                "amends with the extra 'torch', or leave the setting out."
            ) from error
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(name)
            self._model = AutoModelForSequenceClassification.from_pretrained(name).eval()
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"AMENDS_CLASSIFIER__SENTIMENT_MODEL names {name}, which cannot be loaded: {error}"
            ) from error
        torch.set_num_threads(threads)
        self._torch: Any = torch
        self.name = name
        self._classes = classes(self._model.config.id2label)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(n, 3) probabilities of neg, neu and pos."""
        out = np.zeros((len(texts), 3))
        for start in range(0, len(texts), BATCH):
            chunk = [clip(text) or " " for text in texts[start : start + BATCH]]
            encoded = self._tokenizer(
                chunk, padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            with self._torch.inference_mode():
                p = softmax(self._model(**encoded).logits.double().numpy())
            for column, target in enumerate(self._classes):
                out[start : start + BATCH, target] += p[:, column]
        return out


def classes(id2label: dict[int, str]) -> tuple[int, ...]:
    """For each class of a model 0 (neg), 1 (neu) or 2 (pos), by its name or else by its place.

    Raises :class:`ModelUnavailable` for a model with neither.
    """
    names = [id2label[n].lower() for n in sorted(id2label)]
    by_name = [next((v for word, v in _WORDS.items() if word in name), None) for name in names]
    if all(v is not None for v in by_name):
        return tuple(v for v in by_name if v is not None)
    if len(names) in _BY_COUNT:
        return _BY_COUNT[len(names)]
    raise ModelUnavailable(
        f"AMENDS_CLASSIFIER__SENTIMENT_MODEL names a model with the classes {', '.join(names)}, "
        "which is no sentiment model that is understood."
    )
