"""The case stage: every judged post, and every answer of the brand, is looked at once."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, and_, or_, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from config.policy import Policy
from models.database import reading, writing
from models.tables import Post, Verdict
from recovery.cases.answers import consider_answer
from recovery.cases.opening import consider_customer

CHUNK = 100


class PostsFailed(ExceptionGroup[Exception]):
    """Some posts could not be looked at and stay pending; all the others were."""


def consider_pending(engine: Engine, policy: Policy, now: datetime, most: int | None = None) -> int:
    """Look at all posts that wait for it, oldest first; return how many were looked at.

    With `most` it stops after about so many. Each chunk is one transaction: a process that dies
    repeats at most the chunk it was in. A post that cannot be looked at is left as it was; after
    all the others, PostsFailed is raised with an error for each. Raises OperationalError at once
    when the database itself is in trouble.
    """
    done = 0
    held: set[int] = set()
    failures: list[Exception] = []
    while (most is None or done < most) and (ids := _waiting(engine, held, now)):
        with writing(engine) as session:
            for post_id in ids:
                try:
                    with session.begin_nested():
                        finished = _consider(session, policy, post_id, now)
                except OperationalError:
                    raise
                except Exception as error:  # noqa: BLE001  a bad post holds up no other
                    error.add_note(f"This happened at post {post_id}.")
                    failures.append(error)
                    finished = False
                if finished:
                    done += 1
                else:
                    held.add(post_id)
    if failures:
        raise PostsFailed(f"Posts that could not be looked at: {len(failures)}", failures)
    return done


def _consider(session: Session, policy: Policy, post_id: int, now: datetime) -> bool:
    post = session.get(Post, post_id, with_for_update=True)
    if post is None:
        # Its author had it erased a moment ago.
        return False
    if post.by_brand:
        finished = consider_answer(session, post, now)
    else:
        verdict = session.exec(
            select(Verdict).where(
                Verdict.post_id == post_id, Verdict.post_revision == post.revision
            )
        ).one_or_none()
        finished = verdict is not None  # else it was edited a moment ago
        if verdict is not None:
            consider_customer(session, policy, post, verdict, now)
    post.pending = not finished
    return finished


def _waiting(engine: Engine, held: set[int], now: datetime) -> list[int]:
    """Posts to look at: those of the last 48 hours, or the others once there are none; each kind
    oldest first. `held` were looked at in vain: they wait for a reply of ours that
    is on its way, or failed."""
    judged = and_(
        col(Verdict.post_id) == col(Post.id), col(Verdict.post_revision) == col(Post.revision)
    )
    asked = (
        select(Post.id)
        .outerjoin(Verdict, judged)
        .where(
            # As the index of pending posts has it: SQLite does not see that `pending = 1` says
            # the same.
            text("post.pending"),
            or_(col(Post.by_brand), col(Verdict.id).is_not(None)),
            col(Post.id).not_in(held),
        )
        .order_by(col(Post.created_at), col(Post.id))
        .limit(CHUNK)
    )
    fresh = col(Post.created_at) >= now - timedelta(hours=48)
    with reading(engine) as session:
        rows = session.exec(asked.where(fresh)).all() or session.exec(asked.where(~fresh)).all()
        return [row for row in rows if row is not None]
