"""The brand's own reply, remembered as a post of its conversation."""

from datetime import datetime

from sqlmodel import Session, select

from models.tables import OutboxItem, Post
from recovery.outbox import Receipt


def remember(
    session: Session,
    channel: str,
    item: OutboxItem,
    receipt: Receipt,
    url: str | None,
    now: datetime,
) -> None:
    """Store the reply that `item` sent, unless a collector was faster.

    The receipt's `created_at` (RFC 3339) is the channel's own time of it, `now` stands in.
    """
    known = session.exec(
        select(Post.id).where(Post.channel == channel, Post.external_id == receipt.external_id)
    ).first()
    if known is not None:
        return
    answered = session.get(Post, int(item.payload["post_id"]))
    assert answered is not None, "posts with a reply under way are kept"
    created_at = receipt.data.get("created_at")
    session.add(
        Post(
            channel=channel,
            external_id=receipt.external_id,
            text=str(item.payload["text"]),
            created_at=datetime.fromisoformat(created_at) if created_at else now,
            url=url,
            in_reply_to=answered.external_id,
            conversation=answered.conversation,
            brand=answered.brand,
            by_brand=True,
            source=f"{channel}.reply",
            fetched_at=now,
            pending=False,
        )
    )
