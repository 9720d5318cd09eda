"""Speed and memory on this machine: ``python -m monitor.classifier.bench FILE``.

FILE holds posts as JSON lines. One run measures the bundled classifier (posts a second in one
call, peak memory, latency of one post) and, where torch and the base weights are installed, the
same encoder through the usual transformers pipeline, one by one and in sorted batches, and VADER.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from monitor.classifier import Item, load


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(argv)
    texts = _texts(options.file, options.posts)
    result: dict[str, Any] = {"posts": len(texts), "threads": options.threads}
    result["amends"] = ours(texts, options.threads)
    for name, measure in (("transformers", peers), ("vader", vader)):
        try:
            result[name] = measure(texts, options.threads)
        except ImportError as error:
            result[name] = f"not measured: {error}"
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0


def ours(texts: Sequence[str], threads: int) -> dict[str, float]:
    """The whole verdict: normalisation, both nets, language, thresholds."""
    began = time.perf_counter()
    classifier = load(threads=threads)
    loading = time.perf_counter() - began
    items = [Item(text) for text in texts]
    classifier.classify(items[:64])
    pace = _best(lambda: classifier.classify(items), len(items), 3)
    latency = [_seconds(partial(classifier.classify, [item])) for item in items[:200]]
    return {
        "posts_per_second": round(pace, 1),
        "latency_ms_median": round(1000 * statistics.median(latency), 2),
        "latency_ms_p95": round(1000 * statistics.quantiles(latency, n=20)[18], 2),
        "load_seconds": round(loading, 3),
        "peak_mb": round(peak_bytes() / 2**20, 1),
    }


def peak_bytes() -> int:
    """The most memory that this process has had; macOS counts it in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peers(texts: Sequence[str], threads: int) -> dict[str, float]:
    """The same encoder with one head, as a transformers pipeline on torch."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    from monitor.classifier.training.base import base_folder

    torch.set_num_threads(threads)
    folder = str(base_folder())
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, model_max_length=128)
    pipe: Any = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    ordered = sorted(texts, key=len)
    few = ordered[:: max(1, len(ordered) // 300)]
    return {
        "one_by_one": round(_best(lambda: [pipe(t, truncation=True) for t in few], len(few), 1), 1),
        "sorted_batches_of_32": round(
            _best(lambda: pipe(ordered, batch_size=32, truncation=True), len(ordered), 1), 1
        ),
    }


def vader(texts: Sequence[str], _threads: int) -> dict[str, float]:
    """A lexicon, for scale: sentiment alone, one thread."""
    from vaderSentiment.vaderSentiment import (  # type: ignore[import-not-found]  # bench only
        SentimentIntensityAnalyzer,
    )

    analyser = SentimentIntensityAnalyzer()
    pace = _best(lambda: [analyser.polarity_scores(t) for t in texts], len(texts), 1)
    return {"posts_per_second": round(pace, 1)}


def _texts(path: Path, count: int) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for _, line in zip(range(count), file, strict=False)]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _best(work: Callable[[], Any], count: int, times: int) -> float:
    return count / min(_seconds(work) for _ in range(times))


if __name__ == "__main__":
    raise SystemExit(main())
