"""Runs the int8 encoder over batches of similar length on all its threads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_TOKENS = 128
LAST_TOKENS = 40  # of them that a longer text keeps from its end
BATCH_TOKENS = 512


class Encoder:
    """Tokenizer and session. One session serves every thread; each run uses one core."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.outputs = [output.name for output in self._session.get_outputs()]
        self._pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="encoder")

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of normalised texts."""
        return [cut(e.ids) for e in self.tokenizer.encode_batch_fast(list(texts))]

    def logits(self, ids: Sequence[Sequence[int]]) -> dict[str, NDArray[np.float32]]:
        """Logits of every head, (n, classes) each, and ``pooled``, in the order of ``ids``."""
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        batches = list(_batches(order, ids))
        results = list(self._pool.map(lambda batch: self._run([ids[i] for i in batch]), batches))
        out: dict[str, NDArray[np.float32]] = {}
        for name_at, name in enumerate(self.outputs):
            rows = np.concatenate([result[name_at] for result in results])
            placed = np.empty_like(rows)
            placed[[i for batch in batches for i in batch]] = rows
            out[name] = placed
        return out

    def _run(self, ids: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        width = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), width), np.int64)
        mask = np.zeros((len(ids), width), np.int64)
        for n, row in enumerate(ids):
            tokens[n, : len(row)] = row
            mask[n, : len(row)] = 1
        feeds: dict[str, Any] = {"input_ids": tokens, "attention_mask": mask}
        return list(self._session.run(None, feeds))


def cut(ids: list[int]) -> list[int]:
    """The beginning and the end of a text that is too long: the point is often made last."""
    return (
        ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - LAST_TOKENS], *ids[-LAST_TOKENS:]]
    )


def _batches(order: Sequence[int], ids: Sequence[Sequence[int]]) -> list[list[int]]:
    """Longest rows last and first to start, each batch about ``BATCH_TOKENS`` tokens."""
    out: list[list[int]] = []
    current: list[int] = []
    for i in reversed(order):
        if current and (len(current) + 1) * len(ids[current[0]]) > BATCH_TOKENS:
            out.append(current)
            current = []
        current.append(i)
    if current:
        out.append(current)
    return out
