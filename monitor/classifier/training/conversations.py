"""Fits the logistic model of the outcome on what a trained encoder says of each conversation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from monitor.classifier.outcome import HEADS, OutcomeModel, features, views
from monitor.classifier.training.data import CLASSES, Row
from monitor.classifier.training.loop import predict
from monitor.classifier.training.model import MultiHead

STRENGTH = 0.0005


def conversation_features(model: MultiHead, rows: Sequence[Row]) -> NDArray[np.float64]:
    """(conversations, features), as :func:`monitor.classifier.outcome.features`."""
    texts = [
        Row(row.id, text, row.source, {}, ready=True)
        for row in rows
        for text in views(row.parts[0], row.parts[2:])
    ]
    said = predict(model, texts, [*HEADS, "pooled"])
    return features(said["pooled"], said)


def outcome_rows(talks: Sequence[Row]) -> list[Row]:
    """What the encoder learns outcomes from: the last post, and all posts after the reply.

    A head for them alone reads worse than the logistic model over all views, whose features it
    improves.
    """
    rows = []
    for talk in talks:
        last, later, _first = views(talk.parts[0], talk.parts[2:])
        rows += [
            Row(talk.id, text, talk.source, talk.labels, ready=True)
            for text in dict.fromkeys((last, later))
        ]
    return rows


def fit_outcome(x: NDArray[Any], rows: Sequence[Row]) -> OutcomeModel:
    """Balanced logistic regression on standardised features; the scaling ends in the weights."""
    gold = [row.labels["outcome"] for row in rows]
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
    model.fit(scaler.transform(x), gold)
    assert len(model.classes_) == len(CLASSES["outcome"])
    weights = model.coef_ / scaler.scale_
    return OutcomeModel(weights, model.intercept_ - weights @ scaler.mean_)
