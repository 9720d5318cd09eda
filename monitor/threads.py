"""What the customer wrote before, in the same conversation."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import aliased
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


def before(session: Session, posts: Sequence[Post]) -> dict[int | None, str]:
    """What each post's customer had written before it in the conversation, within a week, oldest
    first; by the id of the post, which is missing where there is nothing."""
    if not posts:
        return {}
    earlier = aliased(Post)
    # A heavy poster's years are left where they are.
    oldest = min(post.created_at for post in posts) - AGE
    came_before = or_(
        col(earlier.created_at) < col(Post.created_at),
        and_(col(earlier.created_at) == col(Post.created_at), col(earlier.id) < col(Post.id)),
    )
    rows = session.exec(
        select(Post.id, Post.created_at, earlier.created_at, earlier.text)
        .join(
            earlier,
            and_(
                col(earlier.channel) == col(Post.channel),
                col(earlier.conversation) == col(Post.conversation),
                col(earlier.customer_id) == col(Post.customer_id),
                col(earlier.brand) == col(Post.brand),
                col(earlier.by_brand).is_(False),
                col(earlier.created_at) >= oldest,
                came_before,
            ),
        )
        .where(col(Post.id).in_([post.id for post in posts]))
        .order_by(col(earlier.created_at), col(earlier.id))
    )
    texts: dict[int | None, list[str]] = defaultdict(list)
    for post_id, at, earlier_at, text in rows:
        # The databases reckon with times in ways of their own.
        if earlier_at >= at - AGE and len(texts[post_id]) < MOST:
            texts[post_id].append(text)
    return {post_id: "\n".join(written) for post_id, written in texts.items() if written}
