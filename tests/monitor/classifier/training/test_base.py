"""The base's int8 weights made floats again; skipped where the extra ``train`` is missing."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the extra 'train' is not installed")

from monitor.classifier.training.base import floats  # noqa: E402  after the skip


def stored(name: str, values: object, kind: type) -> object:
    return onnx.numpy_helper.from_array(np.asarray(values, kind), name)


def test_weights_come_back_as_they_were_before_they_were_made_small(tmp_path: Path) -> None:
    wanted = np.array([[-1.0, 0.5, 2.0], [0.0, 1.0, -0.5]], np.float32)  # (in, out)
    scale, zero = 0.5, 10
    table = "embeddings.word_embeddings.weight"
    small = wanted / scale + zero
    node = onnx.helper.make_node(
        "MatMulInteger", ["x", "m_quantized", "x_zero", "m_zero_point"], ["y"],
        name="/encoder/layer.0/output/dense/MatMul_quant",
    )  # fmt: skip
    graph = onnx.helper.make_graph(
        [node], "g", [], [],
        [
            stored("m_quantized", small, np.uint8), stored("m_scale", scale, np.float32),
            stored("m_zero_point", zero, np.uint8),
            stored(f"{table}_quantized", small.T, np.uint8),
            stored(f"{table}_scale", scale, np.float32),
            stored(f"{table}_zero_point", zero, np.uint8),
            stored("encoder.layer.0.output.dense.bias", [1, 2, 3], np.float32),
        ],
    )  # fmt: skip
    onnx.save(onnx.helper.make_model(graph), tmp_path / "m.onnx")
    found = floats(tmp_path / "m.onnx")
    assert found["encoder.layer.0.output.dense.weight"].tolist() == wanted.T.tolist()
    assert found[table].tolist() == wanted.T.tolist()
    assert found["encoder.layer.0.output.dense.bias"].tolist() == [1, 2, 3]
