"""Float ONNX from the trained model, int8 from that, and the proof that both say the same."""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from torch import Tensor, nn

from monitor.classifier.training.data import SHIPPED
from monitor.classifier.training.loop import tokenizer
from monitor.classifier.training.model import MultiHead

OUTPUTS = (*SHIPPED, "pooled")


class _Exported(nn.Module):  # type: ignore[misc]  # as MultiHead
    def __init__(self, model: MultiHead) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        encoder = self.model.encoder
        hidden = encoder.embeddings(input_ids=input_ids)
        bias = (1.0 - attention_mask[:, None, None, :].float()) * -10000.0
        for layer in encoder.encoder.layer:
            hidden = _layer(layer, hidden, bias)
        mask = attention_mask.unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        maximum = (hidden + (mask - 1.0) * 1e4).amax(1)
        pooled = torch.cat([mean, maximum], dim=-1)
        heads = [self.model.heads[task] for task in SHIPPED]
        joined = torch.nn.functional.linear(
            pooled,
            torch.cat([head.weight for head in heads]),
            torch.cat([head.bias for head in heads]),
        )
        return (*torch.split(joined, [head.out_features for head in heads], dim=1), pooled)


def _layer(layer: nn.Module, hidden: Tensor, bias: Tensor) -> Tensor:
    """One BERT layer in the plain form that the graph optimiser knows how to fuse."""
    attention = layer.attention.self
    heads, width = attention.num_attention_heads, attention.attention_head_size
    batch, length = hidden.shape[0], hidden.shape[1]
    q, k, v = (
        part(hidden).view(batch, length, heads, width).transpose(1, 2)
        for part in (attention.query, attention.key, attention.value)
    )
    scores = torch.matmul(q, k.transpose(-1, -2)) / width**0.5 + bias
    mixed = torch.matmul(torch.softmax(scores, dim=-1), v)
    mixed = mixed.transpose(1, 2).reshape(batch, length, heads * width)
    out = layer.attention.output
    hidden = out.LayerNorm(out.dense(mixed) + hidden)
    wide = torch.nn.functional.gelu(layer.intermediate.dense(hidden))
    return layer.output.LayerNorm(layer.output.dense(wide) + hidden)


def export(model: MultiHead, folder: Path) -> dict[str, float]:
    """Writes ``model.onnx`` (int8) and ``tokenizer.json``; returns the gap to the float model."""
    folder.mkdir(parents=True, exist_ok=True)
    tok = tokenizer()
    tok.save(str(folder / "tokenizer.json"), pretty=False)
    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch, "plain.onnx"), Path(scratch, "fused.onnx")
        write_float(model, plain)
        config = model.encoder.config
        better = optimizer.optimize_model(
            str(plain), "bert", num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size, opt_level=1,
        )  # fmt: skip
        better.save_model_to_file(str(fused))
        fusions = better.get_fused_operator_statistics()
        quantize_dynamic(
            str(fused), str(folder / "model.onnx"), weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )  # fmt: skip
        gap = compare(plain, folder / "model.onnx")
    size = (folder / "model.onnx").stat().st_size / 1e6
    return {**gap, "megabytes": size, "fused_attention": float(fusions.get("Attention", 0))}


def write_float(model: MultiHead, path: Path) -> None:
    """The float graph, with free batch and length."""
    ids = torch.randint(5, 1000, (2, 9))
    axes = {name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask")}
    axes |= {name: {0: "batch"} for name in OUTPUTS}
    torch.onnx.export(
        _Exported(model).eval(), (ids, torch.ones_like(ids)), str(path), dynamo=False,
        input_names=["input_ids", "attention_mask"], output_names=list(OUTPUTS),
        dynamic_axes=axes, opset_version=17,
    )  # fmt: skip
    onnx.checker.check_model(str(path))


def compare(plain: Path, small: Path, seed: int = 0) -> dict[str, float]:
    """Largest and mean difference of the logits on random tokens."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(1000, 20000, (16, 40))
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    outputs = []
    for path in (plain, small):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        outputs.append(np.concatenate(session.run(list(SHIPPED), feeds), axis=1))
    difference = np.abs(outputs[0] - outputs[1])
    return {"largest_gap": float(difference.max()), "mean_gap": float(difference.mean())}
