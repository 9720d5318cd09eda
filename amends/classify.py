"""`amends classify`: JSON lines in, JSON lines out, in order, one for one."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO

from amends.house import utc_now
from amends.output import as_json
from config.errors import AmendsError
from config.settings import Settings
from monitor.classifier import Item, load
from monitor.classifier.verdict import Verdict
from monitor.collectors.files import BadLine, checked, json_lines
from monitor.ingest import Incoming

CHUNK = 512


def run_classify(settings: Settings, path: Path | None, out: IO[str]) -> int:
    """Judge the posts of `path`, or of standard input; return 1 when a line could not be read."""
    with ExitStack() as stack:
        stream = sys.stdin.buffer if path is None else stack.enter_context(_open(path))
        lines = (
            line if isinstance(line, BadLine) else checked(line, "", utc_now())
            for line in json_lines(stream)
        )
        return _judge(settings, lines, out)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise AmendsError(f"{path} cannot be read: {error.strerror or error}.") from None


def _judge(settings: Settings, lines: Iterator[Incoming | BadLine], out: IO[str]) -> int:
    rules = settings.classifier
    classifier = load(rules.sentiment_model, rules.threads, rules.critical_miss_rate)
    status = 0
    while chunk := list(islice(lines, CHUNK)):
        posts = [line for line in chunk if isinstance(line, Incoming)]
        verdicts = iter(
            classifier.classify([Item(post.text, post.rating, post.channel) for post in posts])
        )
        for line in chunk:
            if isinstance(line, BadLine):
                status = 1
                answer: dict[str, object] = {"id": line.id, "error": line.reason}
            else:
                answer = _answer(line, next(verdicts))
            out.write(as_json(answer) + "\n")
        out.flush()
    return status


def _answer(post: Incoming, verdict: Verdict) -> dict[str, object]:
    return verdict.as_contract(post.external_id)
