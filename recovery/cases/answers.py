"""The brand's own posts: which case each answers, and what becomes of a reply still to be sent."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.states import CaseStatus, EventKind, OutboxState, PostRole
from models.tables import Case, CasePost, OutboxItem, Post
from recovery.cases import delivered, ledger
from recovery.cases.lifecycle import Action

OVERTAKEN = "Somebody has answered on the channel itself meanwhile, and two answers would confuse."


def consider_answer(session: Session, post: Post, now: datetime) -> bool:
    """Count a post of the brand as an answer to the case it replies to.

    A reply of ours that certainly never arrived is given up where this post says it all. Returns
    False while the fate of one is unknown: this may be that reply, and the outbox will say so.
    """
    if ledger.is_attached(session, post):
        return True
    case = _answered_case(session, post)
    if case is None:
        return True
    replies = [
        item for item in ledger.replies_of(session, case) if item.state in OutboxState.unfinished()
    ]
    for item in replies:
        # The sender may have taken it up meanwhile.
        session.refresh(item, with_for_update=True)
    # After its items, as the sender locks them: the other way round the two would wait for ever.
    assert case.id is not None
    case = ledger.fetch(session, case.id)
    if any(item.state != OutboxState.PENDING for item in replies):
        return False
    for item in replies:
        if _overtakes(session, post, item):
            delivered.reply_given_up(session, item, OVERTAKEN, now)
    count(session, case, post, now)
    return True


def count(session: Session, case: Case, post: Post, now: datetime) -> None:
    """Make the brand's post an answer of the case, which then waits for nobody.

    Not where the customer wrote, or a person saw a danger, after it.
    """
    ledger.attach(session, case, post, PostRole.ANSWER)
    case.first_response_at = min(case.first_response_at or post.created_at, post.created_at)
    is_last = post.created_at >= case.last_customer_at
    is_last = is_last and not ledger.danger_since(session, case, post.created_at)
    if case.status in CaseStatus.live() and is_last:
        ledger.move(case, Action.ANSWER, now)
    event = ledger.note(session, case, EventKind.BRAND_ANSWERED, ledger.SYSTEM, now, post=post.id)
    ledger.refresh(session, case, event, now)


def earlier(session: Session, post: Post) -> list[Post]:
    """Answers of the brand to this very post that were read before the post itself."""
    return list(
        session.exec(
            select(Post)
            .where(
                Post.channel == post.channel,
                col(Post.by_brand),
                Post.in_reply_to == post.external_id,
                col(Post.pending).is_(False),
            )
            .order_by(col(Post.created_at))
        )
    )


def _overtakes(session: Session, post: Post, reply: OutboxItem) -> bool:
    """Whether the brand's post answers what the reply would, or was written after it."""
    meant = session.get_one(Post, int(reply.payload["post_id"]))
    return post.in_reply_to == meant.external_id or post.created_at >= reply.created_at


def _answered_case(session: Session, post: Post) -> Case | None:
    """The case whose post the brand replied to, else the only one in that conversation."""
    # Ids alone: PostgreSQL cannot tell two rows with a JSON column apart.
    ids = select(Case.id).join(CasePost, col(CasePost.case_id) == col(Case.id))
    ids = ids.join(Post, col(Post.id) == col(CasePost.post_id))
    ids = ids.where(Post.channel == post.channel, Case.matter == ledger.matter(post))
    if post.in_reply_to is not None:
        replied_to = ids.where(Post.external_id == post.in_reply_to)
        found = session.exec(replied_to.order_by(col(Case.id).desc())).first()
    else:
        around = session.exec(ids.where(Post.conversation == post.conversation).distinct()).all()
        found = around[0] if len(around) == 1 else None
    return None if found is None else session.get(Case, found)
