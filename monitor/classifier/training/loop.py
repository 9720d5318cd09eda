"""One training run: length-bucketed batches, bf16 autocast, averaged weights, checkpoints."""

import copy
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from monitor.classifier.encoder import cut
from monitor.classifier.text import MARKS, normalise
from monitor.classifier.training.base import base_folder
from monitor.classifier.training.data import CLASSES, MULTI, Row
from monitor.classifier.training.model import MultiHead, masked_loss


@dataclass
class Plan:
    """Settings of one run."""

    epochs: float = 3
    batch: int = 64
    rate: float = 1e-4
    head_rate: float = 1e-3
    decay: float = 0.01
    average: float = 0.998  # of the weights, per step; 0 switches it off
    dropout: float = 0.1
    seed: int = 0
    balance: float = 0.5  # class weight is frequency to the power of minus this
    save_every: int = 500  # steps


def tokenizer() -> Tokenizer:
    """The base's tokenizer, with the marks of emphasis as whole tokens."""
    made = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    made.add_special_tokens(list(MARKS))
    made.no_padding()
    made.no_truncation()
    return made


def encode(rows: Sequence[Row], tok: Tokenizer) -> list[list[int]]:
    """Token ids of each row."""
    texts = [row.text if row.ready else normalise(row.text, row.rating) for row in rows]
    return [cut(e.ids) for e in tok.encode_batch(texts)]


def class_weights(rows: Sequence[Row], power: float) -> dict[str, Tensor]:
    """Per head the weight of each class, rarer ones more, with a mean near one."""
    weights = {}
    for task, names in CLASSES.items():
        counts = Counter(row.labels[task] for row in rows if task in row.labels)
        if counts:
            raw = np.array([max(counts[i], 1) ** -power for i in range(len(names))])
            mean = sum(raw[i] * counts[i] for i in range(len(names))) / sum(counts.values())
            weights[task] = torch.tensor(raw / mean, dtype=torch.float32)
    for task in MULTI:
        gold = np.array([row.labels[task] for row in rows if task in row.labels])
        if len(gold):
            ratio = (len(gold) - gold.sum(0)) / np.maximum(gold.sum(0), 1)
            weights[task] = torch.tensor(ratio**power, dtype=torch.float32).clamp(max=10.0)
    return weights


def batches(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Index batches of similar length in random order."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    out: list[list[int]] = []
    for start in range(0, len(order), size * 40):
        chunk = sorted(order[start : start + size * 40], key=lengths.__getitem__)
        out += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    rng.shuffle(out)
    return out


def pad(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask, each (batch, longest)."""
    width = max(len(row) for row in ids)
    out = torch.zeros(len(ids), width, dtype=torch.long)
    mask = torch.zeros(len(ids), width, dtype=torch.long)
    for n, row in enumerate(ids):
        out[n, : len(row)] = torch.tensor(row)
        mask[n, : len(row)] = 1
    return out, mask


def gather(
    rows: Sequence[Row], tasks: Sequence[str], weights: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Targets of a batch, (batch, classes) for each task: labels, or what stands in their place."""
    return {
        task: torch.stack([_target(row, task, weights.get(task)) for row in rows]) for task in tasks
    }


def _target(row: Row, task: str, weight: Tensor | None) -> Tensor:
    label = row.labels.get(task)
    size = len((CLASSES | MULTI)[task])
    if label is None:
        soft = row.soft.get(task)
        return torch.full((size,), -1.0) if soft is None else torch.tensor(soft)
    if task in MULTI:
        return torch.tensor(label, dtype=torch.float32)
    target = torch.zeros(size)
    target[label] = 1.0 if weight is None else weight[label]
    return target


def train(
    rows: Sequence[Row],
    plan: Plan,
    start: dict[str, Tensor] | None = None,
    checkpoint: Path | None = None,
    log: Any = print,
) -> MultiHead:
    """Trains on ``rows`` and returns the model with averaged weights.

    ``start`` are the weights to begin with. With ``checkpoint`` the state is saved there every
    ``plan.save_every`` steps, and a run that finds one there goes on from it.
    """
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)  # noqa: S311 - the same order each time, no secret
    tok = tokenizer()
    ids = encode(rows, tok)
    model = MultiHead(plan.dropout)
    if start:
        model.load_state_dict(start)
    model.train()
    average = copy.deepcopy(model).eval() if plan.average else model
    tasks = [t for t in (CLASSES | MULTI) if any(t in r.labels or t in r.soft for r in rows)]
    weights = class_weights(rows, plan.balance)
    groups = [
        {"params": list(model.encoder.parameters()), "lr": plan.rate},
        {"params": list(model.heads.parameters()), "lr": plan.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=plan.decay, fused=True)
    whole = -(-len(rows) // plan.batch)
    steps = int(whole * plan.epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / (0.06 * steps + 1), max(0.0, 1 - s / (steps + 1)))
    )
    order: list[list[int]] = []
    while len(order) < steps:
        order += batches([len(i) for i in ids], plan.batch, rng)
    step = 0
    if checkpoint and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
        log(f"goes on from step {step} of {steps}")
    began, shown, since = time.time(), 0.0, step
    while step < steps:
        picked = [rows[i] for i in order[step]]
        present = [t for t in tasks if any(t in r.labels or t in r.soft for r in picked)]
        input_ids, mask = pad([ids[i] for i in order[step]])
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(input_ids, mask, present)
        logits = {task: score.float() for task, score in logits.items()}
        loss = masked_loss(logits, gather(picked, present, weights), weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        step += 1
        if plan.average:
            _blend(average, model, min(plan.average, step / (step + 9)))
        shown = loss.item() if not shown else 0.98 * shown + 0.02 * loss.item()
        if step % 100 == 0:
            pace = (step - since) * plan.batch / (time.time() - began)
            log(f"step {step}/{steps} loss {shown:.3f} {pace:.0f} posts/s")
        if checkpoint and step % plan.save_every == 0:
            _save(checkpoint, model, average, optimizer, schedule, step)
    if checkpoint:
        _save(checkpoint, model, average, optimizer, schedule, step)
    average.eval()
    return average


def _blend(average: torch.nn.Module, model: torch.nn.Module, keep: float) -> None:
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)


def _save(path: Path, model: Any, average: Any, optimizer: Any, schedule: Any, step: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {
        "model": model.state_dict(), "average": average.state_dict(),
        "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "step": step,
    }  # fmt: skip
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    partial.replace(path)


def predict(
    model: MultiHead,
    rows: Sequence[Row],
    tasks: Sequence[str],
    batch: int = 64,
) -> dict[str, np.ndarray]:
    """Logits of each task in the order of the rows; the task ``pooled`` is the pooled layer."""
    ids = encode(rows, tokenizer())
    order = sorted(range(len(rows)), key=lambda i: len(ids[i]))
    out: dict[str, list[Any]] = {task: [None] * len(rows) for task in tasks}
    model.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for begin in range(0, len(order), batch):
            chunk = order[begin : begin + batch]
            pooled = model.pooled(*pad([ids[i] for i in chunk]))
            for task in tasks:
                values = pooled if task == "pooled" else model.heads[task](pooled)
                for i, value in zip(chunk, values.float().numpy(), strict=True):
                    out[task][i] = value
    return {task: np.stack(values) for task, values in out.items()}
