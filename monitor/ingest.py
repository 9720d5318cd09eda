"""Storing what a collector saw: every post once, an edit as a new revision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.database import writing
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


def keep(
    engine: Engine, batch: Sequence[Incoming], now: datetime, is_archive: bool = False
) -> list[Stored]:
    """Store some hundred posts in one transaction of their own; see `store_all`.

    On a database server two collectors may store one post at once: whom the unique key refuses
    tries once more, and finds the post known.
    """
    try:
        with writing(engine) as session:
            return store_all(session, batch, now, is_archive)
    except IntegrityError:
        with writing(engine) as session:
            return store_all(session, batch, now, is_archive)


def store(session: Session, incoming: Incoming, now: datetime) -> Stored:
    """Store a post in the caller's transaction.

    A post whose text changed gets the new text and the next revision, and is judged again; the
    brand's own post gets the new text only.
    """
    return store_all(session, [incoming], now)[0]


def store_all(
    session: Session, batch: Sequence[Incoming], now: datetime, is_archive: bool = False
) -> list[Stored]:
    """Store some hundred posts in the caller's transaction, each as `store` would, in order.

    Asks the database once for all of them: an archive has millions of posts. An archive tells
    what was, at a time that nobody knows: with `is_archive` a known post stays as it is, and of a
    known customer only what was not known yet is taken.
    """
    known = _known_posts(session, batch)
    unknown = [each for each in batch if _key(each) not in known]
    customers = _customers(session, unknown, now, is_archive)
    results = []
    for incoming in batch:
        post = known.get(_key(incoming))
        if post is None:
            known[_key(incoming)] = post = _post(incoming, now)
            if not incoming.by_brand:
                post.customer_id = customers[_customer_key(incoming)].id
            session.add(post)
            results.append(Stored.NEW)
            continue
        if is_archive:
            results.append(Stored.SEEN)
            continue
        # Mentions and search show the same post; either may be the one that knows of the address.
        post.addressed = post.addressed or incoming.addressed
        if post.text == incoming.text:
            results.append(Stored.SEEN)
            continue
        post.text = incoming.text
        if post.by_brand:
            # Its channel's spelling (X puts a handle in front): the brand's own words are not
            # judged, and an answer counts once.
            results.append(Stored.SEEN)
            continue
        post.revision += 1
        post.fetched_at = now
        post.pending = True
        results.append(Stored.EDITED)
    session.flush()
    return results


def _post(incoming: Incoming, now: datetime) -> Post:
    return Post(
        channel=incoming.channel,
        external_id=incoming.external_id,
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


def _key(incoming: Incoming) -> tuple[str, str]:
    return incoming.channel, incoming.external_id


def _customer_key(incoming: Incoming) -> tuple[str, str]:
    # A post without an author stands for a customer of its own: nobody else's case may take it.
    return incoming.channel, incoming.author_id or f"post:{incoming.external_id}"


def _known_posts(session: Session, batch: Sequence[Incoming]) -> dict[tuple[str, str], Post]:
    found = {}
    for channel, ids in _by_channel(_key(each) for each in batch).items():
        asked = select(Post).where(Post.channel == channel, col(Post.external_id).in_(ids))
        found.update({(post.channel, post.external_id): post for post in session.exec(asked)})
    return found


def _customers(
    session: Session, unknown: Sequence[Incoming], now: datetime, is_archive: bool
) -> dict[tuple[str, str], Customer]:
    posts = [each for each in unknown if not each.by_brand]
    found = {}
    for channel, ids in _by_channel(_customer_key(each) for each in posts).items():
        asked = select(Customer).where(
            Customer.channel == channel, col(Customer.external_id).in_(ids)
        )
        found.update({(each.channel, each.external_id): each for each in session.exec(asked)})
    for incoming in posts:
        key = _customer_key(incoming)
        customer = found.get(key)
        if customer is None:
            customer = Customer(channel=key[0], external_id=key[1], first_seen_at=now)
            found[key] = customer
            session.add(customer)
        told = incoming.author_handle, incoming.author_followers
        held = customer.handle, customer.followers
        first, second = (held, told) if is_archive else (told, held)
        customer.handle = first[0] or second[0]
        customer.followers = first[1] or second[1]
    session.flush()
    return found


def _by_channel(keys: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for channel, external_id in keys:
        found.setdefault(channel, set()).add(external_id)
    return found
