"""Runs `amends` as a person does: a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line of standard error, which tells a person what is wrong."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert self.out == "", "messages go to standard error only"
        return lines[0]


class Amends:
    """`amends` with its own home and nothing of the caller's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AMENDS_", "PYTHON"))
        } | {"AMENDS_HOME": str(folder / "home")}

    def __call__(
        self, *arguments: object, given: str | bytes = "", **variables: str | None
    ) -> Outcome:
        """Run to the end. `variables` are settings without AMENDS_; None takes one away."""
        environment = dict(self.environment)
        for name, value in variables.items():
            environment.pop(f"AMENDS_{name}", None)
            if value is not None:
                environment[f"AMENDS_{name}"] = value
        done = subprocess.run(
            self.line(*arguments), input=given if isinstance(given, bytes) else given.encode(),
            capture_output=True, env=environment, cwd=self.folder, timeout=60, check=False,
        )  # fmt: skip
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in outcome.err
        assert outcome.status in (0, 1, 2)
        return outcome

    @staticmethod
    def line(*arguments: object) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "amends", *map(str, arguments)]
