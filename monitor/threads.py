"""What the customer wrote before, in the same conversation."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, and_, col, or_, select

from models.tables import Post

MOST = 5  # earlier posts that are read with a later one
AGE = timedelta(days=7)

# What the customer wrote first, the brand's reply, and what the customer wrote after it.
Talk = tuple[str, str, Sequence[str]]


def talk(session: Session, post: Post) -> Talk | None:
    """What the customer wrote first, the brand's first reply, and all that the customer wrote
    after it up to this post; None where it has not come to that."""
    around = session.exec(
        select(Post)
        .where(
            Post.channel == post.channel,
            Post.conversation == post.conversation,
            or_(col(Post.by_brand), col(Post.customer_id) == post.customer_id),
            Post.created_at <= post.created_at,
        )
        .order_by(col(Post.created_at), col(Post.id))
    ).all()
    own = [other for other in around if not other.by_brand]
    ids = {other.external_id for other in own}
    replies = [other for other in around if other.by_brand and other.in_reply_to in ids]
    if not replies or replies[0].created_at >= post.created_at:
        return None
    after = [other.text for other in own if other.created_at > replies[0].created_at]
    return own[0].text, replies[0].text, after


def before(session: Session, post: Post) -> str:
    """What the customer had written before this post in the conversation, within a week; oldest
    first, "" for nothing."""
    earlier = or_(
        col(Post.created_at) < post.created_at,
        and_(Post.created_at == post.created_at, col(Post.id) < post.id),
    )
    texts = session.exec(
        select(Post.text)
        .where(
            Post.channel == post.channel,
            Post.conversation == post.conversation,
            Post.customer_id == post.customer_id,
            Post.brand == post.brand,
            col(Post.by_brand).is_(False),
            col(Post.created_at) >= post.created_at - AGE,
            earlier,
        )
        .order_by(col(Post.created_at), col(Post.id))
        .limit(MOST)
    )
    return "\n".join(texts)
