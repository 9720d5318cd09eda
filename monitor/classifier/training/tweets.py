"""General tweets for the second stage, so that general sentiment is not forgotten.

Their targets weigh as rarer classes do *among tweets*: in the second stage most posts are
complaints, and weights over all of them made negative tweets cheap to miss (recall 0.82 to 0.68).
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from monitor.classifier.training.data import CLASSES, Row, sample
from monitor.classifier.training.loop import class_weights

TASK = "sentiment"


def with_targets(
    tweets: Sequence[Row], read_again: Sequence[Row], count: int, balance: float
) -> list[Row]:
    """``count`` of the tweets, all with a second label of ours among them; two count half each.

    ``balance`` is the power of the frequency that the weight of a class is, as in training.
    """
    again = {row.id: row.labels[TASK] for row in read_again}
    twice = [row for row in tweets if row.id in again]
    once = [row for row in tweets if row.id not in again]
    picked = twice + sample(once, max(0, count - len(twice)))
    weights = torch.diag(class_weights(tweets, balance)[TASK])
    assert len(weights) == len(CLASSES[TASK])
    rows = []
    for row in picked:
        label = row.labels[TASK]
        target = (weights[label] + weights[again.get(row.id, label)]) / 2
        rows.append(replace(row, labels={}, soft={TASK: target.tolist()}))
    return rows
