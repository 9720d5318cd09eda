"""Fits the linear model over words on the labelled posts."""

from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from monitor.classifier.training.data import CLASSES, MULTI, Row
from monitor.classifier.training.loop import encode, tokenizer
from monitor.classifier.words import VOTES, WordModel

STRENGTH = 6.0
RISK_STRENGTH = 4.0
FEWEST = 4  # posts with a risk from which a model of it is fitted


def fit_words(rows: Sequence[Row], tasks: Iterable[str] = VOTES) -> WordModel:
    """Balanced logistic regressions over the tf-idf of word pieces that occur in two posts."""
    tok = tokenizer()
    documents = [" ".join(map(str, ids[1:-1])) for ids in encode(rows, tok)]
    vectorizer = TfidfVectorizer(min_df=2, sublinear_tf=True, token_pattern=r"\S+")  # noqa: S106 - not that kind of token
    x = vectorizer.fit_transform(documents)
    weights, bias, columns, width = [], [], {}, 0
    for task in tasks:
        gold = np.array([row.labels.get(task, -1) for row in rows])
        known = np.flatnonzero(gold >= 0)
        model = LogisticRegression(C=STRENGTH, max_iter=300, class_weight="balanced")
        model.fit(x[known], gold[known])
        size = len(CLASSES[task])
        table, offset = np.zeros((size, x.shape[1])), np.full(size, -10.0)
        if size == 2:
            table[1], offset[:] = model.coef_[0], (0.0, model.intercept_[0])
        else:
            table[model.classes_], offset[model.classes_] = model.coef_, model.intercept_
        weights.append(table)
        bias.append(offset)
        columns[task] = (width, width + size)
        width += size
    risks = np.array([row.labels["risks"] for row in rows if "risks" in row.labels])
    have = np.flatnonzero(["risks" in row.labels for row in rows])
    table, offset = np.zeros((len(MULTI["risks"]), x.shape[1])), np.zeros(len(MULTI["risks"]))
    for number in range(len(MULTI["risks"])):
        if risks[:, number].sum() >= FEWEST:
            model = LogisticRegression(C=RISK_STRENGTH, max_iter=300, class_weight="balanced")
            model.fit(x[have], risks[:, number])
            table[number], offset[number] = model.coef_[0], model.intercept_[0]
    weights.append(table)
    bias.append(offset)
    columns["risks"] = (width, width + len(offset))
    index = np.full(tok.get_vocab_size(), -1, np.int32)
    for token, feature in vectorizer.vocabulary_.items():
        index[int(token)] = feature
    return WordModel(
        index,
        vectorizer.idf_.astype(np.float32),
        np.concatenate(weights).T.astype(np.float32),
        np.concatenate(bias),
        columns,
    )
