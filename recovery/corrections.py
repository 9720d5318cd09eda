"""What people say of the verdicts: a correction is kept beside the verdict that it corrects."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from config.policy import Channels
from models.labels import Risk
from models.states import PostRole
from models.tables import Case, CasePost, Correction, Verdict
from recovery.cases import rules

RISKS = "risks"


def opening_verdict(session: Session, case: Case) -> Verdict | None:
    """The newest verdict on the post that opened the case.

    That is the one on its present text, or until an edit is judged, the one before.
    """
    return session.exec(
        select(Verdict)
        .join(CasePost, col(CasePost.post_id) == col(Verdict.post_id))
        .where(
            CasePost.case_id == case.id,
            CasePost.role == PostRole.OPENED,
        )
        .order_by(col(Verdict.post_revision).desc())
    ).first()


def record(
    session: Session,
    channels: Channels,
    case: Case,
    field: str,
    right: str,
    actor: str,
    now: datetime,
) -> bool:
    """Note that `field`, as amends had it in the case, should be `right`; the case still has it.

    Returns False where amends had said so already; an earlier correction is then withdrawn.
    """
    opener = opening_verdict(session, case)
    if opener is None:
        return False
    standing = _standing(session, case, field)
    said = _said(session, case, opener, field, standing)
    _withdraw(session, standing, now)
    if said == right:
        return False
    verdict = _source(session, case, opener, field, said)
    assert verdict.id is not None
    assert case.id is not None
    session.add(
        Correction(
            verdict_id=verdict.id, case_id=case.id, at=now, actor=actor, field=field,
            said=said, right=right, may_train=channels.may_train(case.channel),
        )
    )  # fmt: skip
    session.flush()
    return True


def withdraw(session: Session, case: Case, field: str, now: datetime) -> None:
    """Take back the standing correction of `field`, where there is one."""
    _withdraw(session, _standing(session, case, field), now)


def overruled(session: Session, case: Case) -> dict[str, str]:
    """What the classifier said of the case, by field, where people have set it right.

    Of the risks, those that people took away: the others were right.
    """
    standing = session.exec(
        select(Correction).where(
            Correction.case_id == case.id, col(Correction.withdrawn_at).is_(None)
        )
    )
    return {
        each.field: written(set(names(each.said)) - set(names(each.right)))
        if each.field == RISKS
        else each.said
        for each in standing
    }


def said_risks(session: Session, case: Case) -> set[str]:
    """The risks that any verdict on a post of the case has said; an edit takes none away."""
    return {risk for verdict in _verdicts(session, case) for risk in verdict.risks}


def taken_away(overruled: Mapping[str, str]) -> set[str]:
    """The risks that verdicts had said and a person took away from the case."""
    return set(names(overruled.get(RISKS, "")))


def written(risks: Iterable[str]) -> str:
    """Risks as a correction keeps them; "" for none."""
    return ",".join(Risk.in_order(risks))


def names(listed: str) -> list[str]:
    """The risks that `written` wrote."""
    return listed.split(",") if listed else []


def _standing(session: Session, case: Case, field: str) -> Correction | None:
    return session.exec(
        select(Correction).where(
            Correction.case_id == case.id,
            Correction.field == field,
            col(Correction.withdrawn_at).is_(None),
        )
    ).first()


def _withdraw(session: Session, standing: Correction | None, now: datetime) -> None:
    if standing is not None:
        standing.withdrawn_at = now
        session.flush()


def _said(
    session: Session, case: Case, opener: Verdict, field: str, standing: Correction | None
) -> str:
    """What amends made of the case: what it has, unless that is a person's word."""
    if field == "complaint":
        return str(int(opener.is_complaint))
    if field == RISKS:
        return written(said_risks(session, case))
    present = str(getattr(case, field))
    # A later post may have raised it since.
    return standing.said if standing is not None and standing.right == present else present


def _source(session: Session, case: Case, opener: Verdict, field: str, said: str) -> Verdict:
    """The newest verdict that said it, where a case is as grave as its gravest post."""
    if field == "urgency":
        found = [each for each in _verdicts(session, case) if rules.urgency_of(each) == said]
    elif field == "anger":
        found = [each for each in _verdicts(session, case) if str(each.anger) == said]
    else:
        found = []
    return found[-1] if found else opener


def _verdicts(session: Session, case: Case) -> list[Verdict]:
    """All verdicts on the case's posts, those before an edit too: an edit takes nothing away."""
    rows = session.exec(
        select(Verdict)
        .join(CasePost, col(CasePost.post_id) == col(Verdict.post_id))
        .where(CasePost.case_id == case.id)
        .order_by(col(Verdict.id))
    )
    return list(rows)
