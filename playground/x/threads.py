"""What the public sees of the small X: its conversations."""

from collections.abc import Iterable

from playground.public import PublicPost, PublicThread
from playground.story import Person
from playground.x.network import Tweet, XNetwork


class PublicX:
    """The small X as somebody without an account looks at it."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network

    def public_threads(self) -> list[PublicThread]:
        """Every conversation, its posts oldest first."""
        conversations: dict[str, list[Tweet]] = {}
        for tweet in reversed(self._network.tweets()):
            conversations.setdefault(tweet.conversation_id, []).append(tweet)
        return [
            PublicThread(id=found[0].id, network="x", posts=tuple(_posts(self._network, found)))
            for found in conversations.values()
        ]


def _posts(network: XNetwork, tweets: Iterable[Tweet]) -> Iterable[PublicPost]:
    for tweet in tweets:
        author = network.account(tweet.author_id)
        yield PublicPost(
            id=tweet.id,
            name=_name(author),
            handle=author.handle if author else tweet.author_id,
            text=tweet.text,
            at=tweet.created_at,
            by_brand=tweet.author_id == network.brand.x_id,
            in_reply_to=tweet.reply_to,
        )


def _name(author: Person | None) -> str:
    return author.name if author else "Unknown"
