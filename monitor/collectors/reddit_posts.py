"""From praw's objects to posts.

Only what a listing carried is read, through `vars`: praw answers an attribute that is not there
with a request to Reddit, and there would be one for every post.
"""

import re
from datetime import UTC, datetime
from typing import Any

from config.settings import RedditSettings
from monitor.ingest import Incoming

SITE = "https://www.reddit.com"
GONE = frozenset({"[deleted]", "[removed]"})


def to_incoming(thing: Any, settings: RedditSettings, brand: str, source: str) -> Incoming | None:
    """The post of a submission or comment; None for a private message or what is gone.

    What an account that is deleted has written counts as deleted too: Reddit asks that neither
    its words nor its id be kept.
    """
    data = vars(thing)
    words = data.get("selftext" if "title" in data else "body") or ""
    author = data.get("author")
    if data.get("was_comment") is False:
        return None
    if author is None or words in GONE or data.get("removed_by_category"):
        return None
    name = str(vars(author)["name"])
    text = _text(data, words)
    fullname = f"{'t3' if 'title' in data else 't1'}_{data['id']}"
    return Incoming(
        channel="reddit",
        external_id=fullname,
        text=text,
        created_at=datetime.fromtimestamp(data["created_utc"], UTC),
        brand=brand,
        source=source,
        author_id=data.get("author_fullname") or name,
        author_handle=name,
        url=_url(data),
        in_reply_to=data.get("parent_id"),
        conversation=_link(data) or fullname,
        by_brand=_same(name, settings.username),
        addressed=_addressed(data, text, settings),
    )


def _text(data: dict[str, Any], words: str) -> str:
    parts = [str(data["title"]), words] if "title" in data else [words]
    # PostgreSQL takes no NUL in a text.
    return "\n\n".join(part for part in parts if part).replace("\0", "")


def _link(data: dict[str, Any]) -> str | None:
    if data.get("link_id"):
        return str(data["link_id"])
    # The inbox names the submission only in a path: /r/larkline/comments/1rm2a0/late/nk40z0/.
    found = re.search(r"/comments/([0-9a-z]+)/", data.get("context") or "")
    return f"t3_{found[1]}" if found else None


def _url(data: dict[str, Any]) -> str:
    if data.get("context"):
        return f"{SITE}{data['context'].partition('?')[0]}"
    if "permalink" in data:
        return f"{SITE}{data['permalink']}"
    if "link_id" in data:
        return f"{SITE}/comments/{data['link_id'].removeprefix('t3_')}/_/{data['id']}/"
    return f"{SITE}/comments/{data['id']}/"


def _addressed(data: dict[str, Any], text: str, settings: RedditSettings) -> bool:
    if data.get("was_comment"):
        return True
    subreddit = data.get("subreddit")
    place = vars(subreddit).get("display_name") if subreddit is not None else None
    if _same(place, settings.subreddit):
        return True
    if settings.username is None:
        return False
    called = rf"(?<![\w-])u/{re.escape(settings.username)}(?![\w-])"
    return re.search(called, text, re.IGNORECASE) is not None


def _same(name: str | None, other: str | None) -> bool:
    return name is not None and other is not None and name.lower() == other.lower()
