"""What the customer wrote before, in the same conversation."""

from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from models.tables import Post

MOST = 400  # characters of earlier posts that are read with a later one

# What the customer wrote first, the brand's reply, and what the customer wrote after it.
Talk = tuple[str, str, Sequence[str]]


def talk(session: Session, post: Post) -> Talk | None:
    """What the customer wrote first, the brand's first reply, and all that the customer wrote
    after it up to this post; None where it has not come to that."""
    around = _around(session, post)
    own = [other for other in around if not other.by_brand]
    ids = {other.external_id for other in own}
    replies = [other for other in around if other.by_brand and other.in_reply_to in ids]
    if not replies or replies[0].created_at >= post.created_at:
        return None
    after = [other.text for other in own if other.created_at > replies[0].created_at]
    return own[0].text, replies[0].text, after


def before(session: Session, post: Post) -> str:
    """The end of what the customer had written before this post, oldest first; "" for nothing."""
    earlier = [
        other.text for other in _around(session, post) if not other.by_brand and other.id != post.id
    ]
    return "\n".join(earlier)[-MOST:]


def _around(session: Session, post: Post) -> Sequence[Post]:
    """The customer's posts and the brand's in this conversation, up to this one, oldest first."""
    return session.exec(
        select(Post)
        .where(
            Post.channel == post.channel,
            Post.conversation == post.conversation,
            or_(col(Post.by_brand), col(Post.customer_id) == post.customer_id),
            Post.created_at <= post.created_at,
        )
        .order_by(col(Post.created_at), col(Post.id))
    ).all()
