"""Storing what a collector saw: every post once, an edit as a new revision."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlmodel import Session, select

from models.tables import Customer, Post


@dataclass(frozen=True, slots=True)
class Incoming:
    """A post as a channel shows it. Ids are the channel's own; `created_at` has a zone.

    `addressed` means that the author called the brand's account, by a mention or a quote.
    """

    channel: str
    external_id: str
    text: str
    created_at: datetime
    brand: str
    source: str
    author_id: str | None = None
    author_handle: str | None = None
    author_followers: int = 0
    url: str | None = None
    rating: int | None = None
    in_reply_to: str | None = None
    conversation: str | None = None
    by_brand: bool = False
    addressed: bool = False


class Stored(Enum):
    """What storing did."""

    NEW = "new"
    EDITED = "edited"
    SEEN = "seen"


def store(session: Session, incoming: Incoming, now: datetime) -> Stored:
    """Store a post in the caller's transaction.

    A post whose text changed gets the new text and the next revision, and is judged again.
    """
    known = session.exec(
        select(Post).where(
            Post.channel == incoming.channel, Post.external_id == incoming.external_id
        )
    ).first()
    if known is not None:
        # Mentions and search show the same post; either may be the one that knows of the address.
        known.addressed = known.addressed or incoming.addressed
        if known.text == incoming.text:
            return Stored.SEEN
        known.text = incoming.text
        known.revision += 1
        known.fetched_at = now
        known.pending = True
        return Stored.EDITED
    session.add(
        Post(
            channel=incoming.channel,
            external_id=incoming.external_id,
            customer_id=None if incoming.by_brand else _customer(session, incoming, now),
            text=incoming.text,
            created_at=incoming.created_at,
            url=incoming.url,
            rating=incoming.rating,
            in_reply_to=incoming.in_reply_to,
            conversation=incoming.conversation or incoming.external_id,
            brand=incoming.brand,
            by_brand=incoming.by_brand,
            addressed=incoming.addressed,
            source=incoming.source,
            fetched_at=now,
        )
    )
    session.flush()
    return Stored.NEW


def _customer(session: Session, incoming: Incoming, now: datetime) -> int:
    # A post without an author stands for a customer of its own: nobody else's case may take it.
    external_id = incoming.author_id or f"post:{incoming.external_id}"
    known = session.exec(
        select(Customer).where(
            Customer.channel == incoming.channel, Customer.external_id == external_id
        )
    ).first()
    if known is None:
        known = Customer(channel=incoming.channel, external_id=external_id, first_seen_at=now)
        session.add(known)
    known.handle = incoming.author_handle or known.handle
    known.followers = incoming.author_followers or known.followers
    session.flush()
    assert known.id is not None
    return known.id
