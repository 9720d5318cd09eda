"""What replying has in common on every channel: the post that is answered, the reply kept."""

from datetime import datetime

from sqlmodel import Session, select

from models.tables import OutboxItem, Post
from recovery.outbox import Receipt, SendRefused


def answered_id(session: Session, item: OutboxItem, channel: str) -> str:
    """The channel's id of the post that `item` answers. Raises SendRefused when it is gone."""
    post = session.get(Post, int(item.payload["post_id"]))
    if post is None or post.channel != channel:
        raise SendRefused("The post that this answers is no longer here; nothing was sent.")
    return post.external_id


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
