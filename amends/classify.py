"""`amends classify`: JSON lines in, JSON lines out, in order, one for one."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from amends.house import utc_now
from amends.inputs import open_input, patient
from amends.output import as_json
from config.settings import Settings
from monitor.classifier import Item, load
from monitor.collectors.files import BadLine, checked, json_lines
from monitor.ingest import Incoming

CHUNK = 512


def run_classify(settings: Settings, path: Path | None, out: IO[str], reasons: bool = False) -> int:
    """Judge the posts of `path`, or of standard input; return 1 when a line could not be read.

    With `reasons` the verdicts that may alert name the phrases that drove them, which takes longer.
    Answers are written in portions, and whenever no more input comes for a moment. Raises UseError
    for a file that cannot be read.
    """
    with ExitStack() as stack:
        stream = sys.stdin.buffer if path is None else stack.enter_context(open_input(path))
        judging = _Judging(settings, out, reasons)
        for line in json_lines(patient(stream, judging.answer)):
            judging.take(line if isinstance(line, BadLine) else checked(line, "", utc_now()))
        judging.answer()
        return judging.status


class _Judging:
    """Collects lines, and answers them together: a portion costs less than its lines one by one."""

    def __init__(self, settings: Settings, out: IO[str], reasons: bool) -> None:
        rules = settings.classifier
        self._classifier = load(rules.sentiment_model, rules.threads, rules.critical_miss_rate)
        self._out = out
        self._reasons = reasons
        self._lines: list[Incoming | BadLine] = []
        self.status = 0

    def take(self, line: Incoming | BadLine) -> None:
        self._lines.append(line)
        if len(self._lines) == CHUNK:
            self.answer()

    def answer(self) -> None:
        """Write the answers to what was taken since the last time."""
        lines, self._lines = self._lines, []
        posts = [line for line in lines if isinstance(line, Incoming)]
        items = [Item(post.text, post.rating, post.channel) for post in posts]
        verdicts = iter(self._classifier.classify(items, self._reasons) if items else ())
        for line in lines:
            if isinstance(line, BadLine):
                self.status = 1
                answer: dict[str, object] = {"id": line.id, "error": line.reason}
            else:
                answer = next(verdicts).as_contract(line.external_id)
            self._out.write(as_json(answer) + "\n")
        self._out.flush()
