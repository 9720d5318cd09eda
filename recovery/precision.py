"""How often people agreed with the classifier: their corrections and dismissals, added up."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from sqlalchemy import or_
from sqlmodel import Session, col, select

from config.policy import Channels
from models.labels import Risk
from models.states import CaseStatus, EventKind, PostRole
from models.tables import Case, CaseEvent, CasePost, Correction, Post, Verdict
from recovery.corrections import RISKS, names

# Enough that one more dismissal moves the precision by at most about three points.
LEAST = 30
JUDGED = (EventKind.CLAIMED, EventKind.REPLY_QUEUED, EventKind.ANSWERED_BY_HAND)
LOOKED_AT = (*JUDGED, EventKind.CORRECTED, EventKind.DISMISSED)


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the complaints that people looked at were some; `low` to `high` is 95 %."""

    channel: str
    language: str
    judged: int
    right: int
    low: float
    high: float
    corrections: dict[str, int]

    @property
    def precision(self) -> float:
        """Share of the judged cases that deserved to be one, 0..1."""
        return self.right / self.judged


@dataclass(frozen=True, slots=True)
class Judged:
    """A case that a person looked at: what the classifier was sure of, and whether it was right."""

    channel: str
    language: str
    complaint: float
    right: bool


@dataclass(frozen=True, slots=True)
class RiskCount:
    """Of the cases that people looked at: in how many a verdict said this risk, in how many they
    added it, and in how many they took it away."""

    said: int
    added: int
    removed: int


def by_channel(session: Session) -> list[Precision]:
    """How often a case that people looked at deserved to be one, by channel and language."""
    groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for case in judged(session):
        groups[case.channel, case.language].append(case)
    fields = _corrected_fields(session)
    found = []
    for (channel, language), cases in sorted(groups.items()):
        right = sum(case.right for case in cases)
        low, high = wilson(right, len(cases))
        corrected = fields.get((channel, language), {})
        found.append(Precision(channel, language, len(cases), right, low, high, corrected))
    return found


def judged(session: Session, only_trainable: Channels | None = None) -> list[Judged]:
    """The cases that a person claimed, answered or dismissed, and that were opened as complaints.

    With `only_trainable`, only those of channels whose terms allow to learn from them, and whose
    probability is the post's own.
    """
    acted = select(CaseEvent.case_id).where(col(CaseEvent.kind).in_(JUDGED))
    rows = session.exec(
        select(Case, Verdict)
        .join(CasePost, col(CasePost.case_id) == col(Case.id))
        .join(Post, col(Post.id) == col(CasePost.post_id))
        .join(Verdict, col(Verdict.post_id) == col(Post.id))
        .where(
            CasePost.role == PostRole.OPENED,
            Verdict.post_revision == Post.revision,
            col(Verdict.is_complaint),
            or_(col(Case.status) == CaseStatus.DISMISSED, col(Case.id).in_(acted)),
        )
    ).all()
    return [
        Judged(
            case.channel, verdict.language, verdict.complaint, case.status != CaseStatus.DISMISSED
        )
        for case, verdict in rows
        if only_trainable is None
        or (only_trainable.may_train(case.channel) and not verdict.with_thread)
    ]


def risk_counts(session: Session) -> dict[str, RiskCount]:
    """By risk, how often the nets said it and people saw otherwise."""
    seen = select(CaseEvent.case_id).where(col(CaseEvent.kind).in_(LOOKED_AT))
    rows = session.exec(
        select(CasePost.case_id, Verdict.risks)
        .join(Verdict, col(Verdict.post_id) == col(CasePost.post_id))
        .where(col(CasePost.case_id).in_(seen))
    )
    said = {(case_id, risk) for case_id, risks in rows for risk in risks}
    corrected = [
        (set(names(correction.said)), set(names(correction.right)))
        for correction in session.exec(
            select(Correction).where(
                Correction.field == RISKS, col(Correction.withdrawn_at).is_(None)
            )
        )
    ]
    return {
        risk.value: RiskCount(
            said=sum(name == risk for _case, name in said),
            added=sum(risk in right - before for before, right in corrected),
            removed=sum(risk in before - right for before, right in corrected),
        )
        for risk in Risk
    }


def threshold(cases: Iterable[Judged], wanted: float) -> float | None:
    """The least probability from which at least `wanted` of the judged cases were right.

    None where fewer than 30 cases lie above it, or no threshold reaches it. It says nothing of
    complaints below today's threshold: nobody has looked at those.
    """
    ranked = sorted(cases, key=lambda case: -case.complaint)
    best, right = None, 0
    for count, case in enumerate(ranked, start=1):
        right += case.right
        is_last_of_its_kind = count == len(ranked) or ranked[count].complaint < case.complaint
        if is_last_of_its_kind and count >= LEAST and right / count >= wanted:
            best = case.complaint
    return best


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which keeps its word for small counts."""
    z = 1.96
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    # At the ends the bound is the share itself, up to the last bit of a float.
    return min(max(0.0, middle - half), share), max(min(1.0, middle + half), share)


def _corrected_fields(session: Session) -> dict[tuple[str, str], dict[str, int]]:
    """Standing corrections by channel, and language of the post that opened the case."""
    rows = session.exec(
        select(Correction.id, Correction.field, Case.channel, Verdict.language)
        .join(Case, col(Case.id) == col(Correction.case_id))
        .join(CasePost, col(CasePost.case_id) == col(Case.id))
        .join(Verdict, col(Verdict.post_id) == col(CasePost.post_id))
        .where(col(Correction.withdrawn_at).is_(None), CasePost.role == PostRole.OPENED)
        .order_by(col(Verdict.post_revision))
    ).all()
    newest = {number: (channel, language, field) for number, field, channel, language in rows}
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for channel, language, field in newest.values():
        counts[channel, language][field] += 1
    return {group: dict(fields) for group, fields in counts.items()}
