"""The severity head fitted once more; skipped where the extra ``train`` is not installed."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")
pytest.importorskip("sklearn", reason="the extra 'train' is not installed")

from monitor.classifier.training import severity  # noqa: E402  after the skip
from monitor.classifier.training.data import Row  # noqa: E402

LEVELS = 5


def test_the_head_tells_levels_apart_and_leaves_alone_what_is_no_complaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    rows = [Row(str(n), "", "xci", {"severity": n % LEVELS}) for n in range(1000)]
    rows.append(Row("unlabelled", "", "xci", {}))
    places = rng.normal(0, 5, (LEVELS, 8))

    def pooled(_model: object, asked: Sequence[Row], _tasks: object) -> dict[str, Any]:
        levels = [row.labels["severity"] for row in asked]
        return {"pooled": (places[levels] + rng.normal(0, 1, (len(asked), 8))).astype("float32")}

    monkeypatch.setattr(severity, "predict", pooled)
    head = torch.nn.Linear(8, LEVELS)
    severity.refit_severity(SimpleNamespace(heads={"severity": head}), rows)  # type: ignore[arg-type]  # a stand-in
    complaints = [row for row in rows if row.labels.get("severity", 0) > 0]
    with torch.no_grad():
        said = head(torch.tensor(pooled(None, complaints, ())["pooled"])).numpy()
    assert not said[:, 0].any()
    gold = np.array([row.labels["severity"] for row in complaints])
    assert (said[:, 1:].argmax(1) + 1 == gold).mean() > 0.9
