"""`amends cases` and `amends case`: the cases as tables for people or as JSON for programs."""

import dataclasses
import sys
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, case, func
from sqlmodel import Session, col, select

from amends.output import plain, print_json
from config.errors import SettingsError
from config.policy import Policy
from models.database import reading
from models.labels import Urgency
from models.states import CaseStatus, EventKind
from models.tables import Case, CasePost, Customer
from recovery import desk
from recovery.slack import words
from recovery.view import CaseView, EventView

PIPE_WIDTH = 240


def print_cases(engine: Engine, status: str | None, as_json: bool) -> None:
    """Print the cases, live ones first, then by urgency and age. Raises SettingsError."""
    if status is not None and status not in set(CaseStatus):
        known = ", ".join(CaseStatus)
        raise SettingsError(f"--status {status} is not known; it is one of {known}.")
    with reading(engine) as session:
        rows = _rows(session, status)
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in (
        "Case",
        "Status",
        "Urgency",
        "Category",
        "Risks",
        "Customer",
        "Posts",
        "Opened",
        "Owner",
    ):
        table.add_column(name, overflow="fold")
    for row in rows:
        customer = f"{row['handle']} on {row['channel']}"
        cells = (
            row["id"], row["status"], row["urgency"], row["category"], ", ".join(row["risks"]),
            customer, row["posts"], row["opened_at"][:16].replace("T", " "), row["owner"] or "",
        )  # fmt: skip
        table.add_row(*(Text(plain(cell)) for cell in cells))
    # A pipe has no width; folded lines could not be searched.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(table if rows else "No cases.")


def print_case(engine: Engine, policy: Policy, case_id: int, as_json: bool) -> None:
    """Print one case. Raises Refused when there is none of this id."""
    with reading(engine) as session:
        view = desk.view(session, policy, case_id)
    if as_json:
        print_json(dataclasses.asdict(view))
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for line in _lines(view):
        console.print(Text(plain(line)))


def _lines(view: CaseView) -> list[str]:
    reach = f", {view.followers} followers" if view.followers else ""
    lines = [
        f"Case {view.id}: {view.status}, {view.urgency}, {view.category}",
        f"{view.handle} on {view.channel}{reach}, about {view.brand}",
        f"Owner: {view.owner or 'nobody'}"
        + (f"; answer due {_minute(view.due_at)}" if view.due_at else ""),
    ]
    lines += [f"  {sentence}" for sentence in view.why]
    lines.append("Posts:")
    lines += [f"  {_minute(post.created_at)} {post.handle}: {post.text}" for post in view.posts]
    if view.gestures:
        lines.append("Suggested gestures:")
        lines += [
            f"  {gesture.name} ({gesture.cost}, by {gesture.grant}): {gesture.reason}"
            for gesture in view.gestures
        ]
    if view.draft:
        lines.append(f"Draft: {view.draft}")
    if view.lane_note:
        lines.append(view.lane_note)
    lines.append("History:")
    lines += [
        f"  {_minute(event.at)} {event.kind} by {event.actor}{_what(event)}"
        for event in view.events
    ]
    return lines


def _what(event: EventView) -> str:
    """What a person set right, if this is what happened, such as ': anger; added: legal'."""
    if event.kind is not EventKind.CORRECTED:
        return ""
    given = {name: event.data.get(name) for name in ("fields", "added", "removed")}
    fields, added, removed = (
        [str(each) for each in value] if isinstance(value, list) else [] for value in given.values()
    )
    names = words.listed([words.FIELDS.get(each, each) for each in fields if each != "risks"])
    said = "; ".join(part for part in (names, words.changed_risks(added, removed)) if part)
    return f": {said}" if said else ""


def _rows(session: Session, status: str | None) -> list[dict[str, Any]]:
    urgency = case(
        {name.value: place for place, name in enumerate(Urgency)}, value=col(Case.urgency)
    )
    live = case((col(Case.status).in_(CaseStatus.live()), 0), else_=1)
    posts = (
        select(CasePost.case_id, func.count().label("posts")).group_by(col(CasePost.case_id))
    ).subquery()
    query = (
        select(Case, Customer, posts.c.posts)
        .join(Customer, col(Customer.id) == col(Case.customer_id))
        .join(posts, posts.c.case_id == col(Case.id))
        .order_by(live, urgency, col(Case.opened_at), col(Case.id))
    )
    if status is not None:
        query = query.where(Case.status == status)
    return [
        {
            "id": found.id,
            "status": found.status,
            "urgency": found.urgency,
            "category": found.category,
            "anger": found.anger,
            "severity": found.severity,
            "risks": found.risks,
            "needs_judgement": found.needs_judgement,
            "brand": found.matter,
            "channel": found.channel,
            "handle": customer.handle,
            "posts": count,
            "owner": found.owner,
            "opened_at": found.opened_at.isoformat(),
            "due_at": found.due_at.isoformat() if found.due_at else None,
            "first_response_at": (
                found.first_response_at.isoformat() if found.first_response_at else None
            ),
            "closed_at": found.closed_at.isoformat() if found.closed_at else None,
        }
        for found, customer, count in session.exec(query)
    ]


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
