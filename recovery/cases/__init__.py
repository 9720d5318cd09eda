"""Cases and their lifecycle: the only place that writes a case."""

from recovery.cases.delivered import posted

__all__ = ["posted"]
