"""X's posts as the desk's: full text, links expanded, who is addressed."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from config.settings import XSettings
from monitor.ingest import Incoming

# X's ids carry the moment of writing: milliseconds since this one, above the 22 lowest bits.
EPOCH_MS = 1_288_834_974_657
HOSTS = ("x.com", "twitter.com")


def to_incoming(
    page: dict[str, Any], settings: XSettings, brand: str, source: str
) -> Iterator[Incoming]:
    """The posts of one answer of API v2, without pure reposts.

    X renames 'tweet' to 'post' in its fields; both names are read.
    """
    users = {user["id"]: user for user in page.get("includes", {}).get("users", [])}
    for post in page.get("data", []):
        references = {
            each["type"]: each["id"]
            for each in _either(post, "referenced_tweets", "referenced_posts") or []
        }
        if "retweeted" in references:
            continue
        # An edit is a new post to X; here it is the next revision of the first version.
        versions = _either(post, "edit_history_tweet_ids", "edit_history_post_ids")
        author = users.get(post.get("author_id"), {})
        handle = author.get("username")
        yield Incoming(
            channel="x",
            external_id=versions[0] if versions else post["id"],
            text=_text(post),
            created_at=_created(post),
            brand=brand,
            source=source,
            author_id=post.get("author_id"),
            author_handle=handle,
            author_followers=author.get("public_metrics", {}).get("followers_count", 0),
            url=f"https://x.com/{handle or 'i'}/status/{post['id']}",
            in_reply_to=references.get("replied_to"),
            conversation=post.get("conversation_id"),
            by_brand=settings.account_id is not None
            and post.get("author_id") == settings.account_id,
            addressed=_addressed(post, settings),
        )


def written_at(post_id: int) -> datetime:
    """When the post with this id was written."""
    return datetime.fromtimestamp(((post_id >> 22) + EPOCH_MS) / 1000, UTC)


def id_at(moment: datetime) -> int:
    """The lowest id that a post of this moment can have."""
    return (int(moment.timestamp() * 1000) - EPOCH_MS) << 22


def _either(post: dict[str, Any], old: str, new: str) -> Any:
    return post.get(old) or post.get(new)


def _entities(post: dict[str, Any], name: str) -> list[dict[str, Any]]:
    note = _either(post, "note_tweet", "note_post") or {}
    found: list[dict[str, Any]] = []
    for holder in (post, note):
        found += (holder.get("entities") or {}).get(name) or []
    return found


def _text(post: dict[str, Any]) -> str:
    note = _either(post, "note_tweet", "note_post") or {}
    text = html.unescape(note.get("text") or post["text"])
    for url in _entities(post, "urls"):
        # A link to a picture of the post itself says nothing; the others do.
        if url.get("url") and url.get("expanded_url") and "media_key" not in url:
            text = text.replace(url["url"], url["expanded_url"])
    return text


def _created(post: dict[str, Any]) -> datetime:
    if "created_at" in post:
        return datetime.fromisoformat(post["created_at"])
    return written_at(int(post["id"]))


def _addressed(post: dict[str, Any], settings: XSettings) -> bool:
    handle = (settings.handle or "").lower()
    for mention in _entities(post, "mentions"):
        if settings.account_id is not None and mention.get("id") == settings.account_id:
            return True
        if handle and (mention.get("username") or "").lower() == handle:
            return True
    # X leaves entities out of answers that were not asked for them.
    if handle and re.search(rf"(?<![\w@/])@{handle}(?!\w)", post["text"], re.IGNORECASE):
        return True
    # A quote carries a link to the post that it quotes, with its author's handle.
    return any(
        handle and _author_in(url.get("expanded_url")) == handle for url in _entities(post, "urls")
    )


def _author_in(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.")
    pieces = parts.path.strip("/").split("/")
    if host in HOSTS and len(pieces) >= 3 and pieces[1] == "status":
        return pieces[0].lower()
    return None
