"""`amends corrections`: how often people agreed with the classifier, and what that suggests."""

import sys
from dataclasses import asdict, astuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from amends.house import House
from amends.output import plain, print_json
from models.database import reading
from recovery import precision
from recovery.precision import Precision, RiskCount


def print_corrections(house: House, wanted: float, as_json: bool) -> None:
    """Print the precision of opened cases by channel and language, and a suggested threshold.

    Below it, by risk, how often the nets said it and how often people added it or took it away.

    The suggestion rests on channels whose terms allow to learn from them, and on nothing else.
    """
    with reading(house.engine) as session:
        rows = precision.by_channel(session)
        usable = precision.judged(session, house.policy.channels)
        risks = precision.risk_counts(session)
    suggested = precision.threshold(usable, wanted)
    if as_json:
        report = {
            "precision": [asdict(row) | {"precision": row.precision} for row in rows],
            "wanted": wanted,
            "usable_cases": len(usable),
            "complaint_at_least": suggested,
            "risks": {risk: asdict(count) for risk, count in risks.items()},
        }
        print_json(report)
        return
    console = Console(file=sys.stdout, highlight=False)
    counted = {risk: count for risk, count in risks.items() if any(astuple(count))}
    if not rows and not counted:
        console.print("Nobody has claimed, answered or dismissed a case yet.")
        return
    if rows:
        console.print(_precision(rows))
        console.print(_suggestion(suggested, wanted, len(usable)))
    if counted:
        console.print(_risks(counted))


def _precision(rows: list[Precision]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Channel", "Language", "Judged", "Right", "Precision", "95 %", "Corrected"):
        table.add_column(name)
    for row in rows:
        corrected = ", ".join(f"{name} {count}" for name, count in sorted(row.corrections.items()))
        cells = (
            row.channel, row.language, row.judged, row.right, f"{row.precision:.2f}",
            f"{row.low:.2f} to {row.high:.2f}", corrected,
        )  # fmt: skip
        # The name of a channel may come out of an archive.
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _suggestion(threshold: float | None, wanted: float, usable: int) -> str:
    if threshold is None:
        return (
            f"No threshold to suggest: it takes {precision.LEAST} judged cases of channels whose "
            f"terms allow to learn from them, and there are {usable}."
        )
    return (
        f"For a precision of {wanted:.0%}, set complaint_at_least = {threshold:.3f} in cases.toml."
    )


def _risks(counted: dict[str, RiskCount]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Risk", "Said", "Added by people", "Removed by people"):
        table.add_column(name)
    for risk, count in counted.items():
        table.add_row(risk, str(count.said), str(count.added), str(count.removed))
    return table
