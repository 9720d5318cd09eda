"""Fits the logistic model of the outcome on what a trained encoder says of each conversation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
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


def cross_fitted(x: NDArray[Any], rows: Sequence[Row], folds: int = 5) -> NDArray[np.float64]:
    """(conversations, classes): logits of each row from a model that was fitted on the others.

    The encoder itself learns nothing from outcomes, so these are held out as well.
    """
    gold = np.array([row.labels["outcome"] for row in rows])
    out = np.zeros((len(rows), len(CLASSES["outcome"])))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
    for train, test in splitter.split(x, gold):
        out[test] = fit_outcome(x[train], [rows[n] for n in train]).logits(x[test])
    return out


def fit_outcome(x: NDArray[Any], rows: Sequence[Row]) -> OutcomeModel:
    """Balanced logistic regression on standardised features; the scaling ends in the weights."""
    gold = [row.labels["outcome"] for row in rows]
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
    model.fit(scaler.transform(x), gold)
    assert len(model.classes_) == len(CLASSES["outcome"])
    weights = model.coef_ / scaler.scale_
    return OutcomeModel(weights, model.intercept_ - weights @ scaler.mean_)
