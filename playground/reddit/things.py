"""What Reddit holds, and how it shows on the wire: accounts, submissions, comments."""

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
DELETED = "[deleted]"
REMOVED = "[removed]"


def base36(number: int) -> str:
    """Reddit's way to write an id; `number` is 0 or more."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


@dataclass(slots=True)
class Account:
    """Someone with a name on Reddit."""

    number: int
    name: str
    created_at: datetime
    karma: int = 1
    gone: bool = False

    @property
    def fullname(self) -> str:
        """The id with its kind, such as 't2_18qvk3'."""
        return f"t2_{base36(self.number)}"

    def data(self) -> dict[str, Any]:
        """The account as /about and /api/v1/me show it."""
        return {
            "id": base36(self.number),
            "name": self.name,
            "created": self.created_at.timestamp(),
            "created_utc": self.created_at.timestamp(),
            "link_karma": self.karma,
            "comment_karma": self.karma,
            "total_karma": 2 * self.karma,
            "is_gold": False,
            "is_mod": False,
            "is_employee": False,
            "has_verified_email": True,
            "verified": True,
            "icon_img": "",
            "subreddit": None,
        }


@dataclass(slots=True)
class Thing:
    """A submission, or a comment where `parent` is set. `taken` says who took its words away."""

    number: int
    subreddit: str
    author: Account
    text: str
    created_at: datetime
    title: str | None = None
    parent: str | None = None
    link: "Thing | None" = None
    edited_at: datetime | None = None
    taken: str | None = None
    locked: bool = False
    replies: "list[Thing]" = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id without its kind."""
        return base36(self.number)

    @property
    def fullname(self) -> str:
        """The id with its kind: 't1_' for a comment, 't3_' for a submission."""
        return f"{'t3' if self.link is None else 't1'}_{self.id}"

    @property
    def order(self) -> tuple[datetime, int]:
        """Where it stands in a listing by age."""
        return self.created_at, self.number

    @property
    def permalink(self) -> str:
        """Its path on reddit.com."""
        first = self.link or self
        slug = re.sub(r"[^a-z0-9]+", "_", (first.title or "").lower()).strip("_")[:50] or "post"
        path = f"/r/{self.subreddit}/comments/{first.id}/{slug}/"
        return path if self.link is None else f"{path}{self.id}/"

    def wire(self) -> dict[str, Any]:
        """The thing as a listing shows it, its replies left out."""
        data = _common(self)
        data.update(_submission(self) if self.link is None else _comment(self, self.link))
        return {"kind": "t3" if self.link is None else "t1", "data": data}

    def tree(self) -> dict[str, Any]:
        """A comment with everything below it."""
        wire = self.wire()
        if self.replies:
            wire["data"]["replies"] = listing([reply.tree() for reply in self.replies])
        return wire


def in_inbox(thing: Thing) -> dict[str, Any]:
    """A comment as the inbox of somebody whom it answers or names shows it."""
    wire = thing.wire()
    data = wire["data"]
    # The inbox leaves these out, and names the place by a path instead.
    for key in ("link_id", "permalink", "link_permalink", "link_url", "edited"):
        del data[key]
    answers = (thing.parent or "").startswith("t1_")
    data |= {
        "was_comment": True,
        "new": True,
        "context": f"{thing.permalink}?context=3",
        "subject": "comment reply" if answers else "post reply",
        "type": "comment_reply" if answers else "post_reply",
        "dest": "",
    }
    return wire


def listing(
    children: list[dict[str, Any]], after: str | None = None, before: str | None = None
) -> dict[str, Any]:
    """A page of things on the wire."""
    data = {
        "modhash": None,
        "dist": len(children),
        "children": children,
        "after": after,
        "before": before,
    }
    return {"kind": "Listing", "data": data}


def _common(thing: Thing) -> dict[str, Any]:
    gone = thing.author.gone or thing.taken == DELETED
    data: dict[str, Any] = {
        "id": thing.id,
        "name": thing.fullname,
        "subreddit": thing.subreddit,
        "subreddit_name_prefixed": f"r/{thing.subreddit}",
        "subreddit_id": f"t5_{base36(sum(map(ord, thing.subreddit)) + 36**4)}",
        "author": DELETED if gone else thing.author.name,
        "author_flair_text": None,
        "author_flair_css_class": None,
        "created": thing.created_at.timestamp(),
        "created_utc": thing.created_at.timestamp(),
        "edited": thing.edited_at.timestamp() if thing.edited_at else False,
        "permalink": thing.permalink,
        "score": 1,
        "ups": 1,
        "downs": 0,
        "likes": None,
        "gilded": 0,
        "archived": False,
        "locked": thing.locked,
        "stickied": False,
        "saved": False,
        "distinguished": None,
        "approved_by": None,
        "banned_by": None,
        "removal_reason": None,
        "num_reports": None,
        "report_reasons": None,
        "mod_reports": [],
        "user_reports": [],
    }
    if not gone:
        # As on Reddit: the key is missing where there is no author.
        data["author_fullname"] = thing.author.fullname
    return data


def _submission(thing: Thing) -> dict[str, Any]:
    text = thing.taken or thing.text
    url = f"https://www.reddit.com{thing.permalink}"
    return {
        "title": thing.title,
        "selftext": text,
        "selftext_html": _html(text) if text else None,
        "is_self": True,
        "domain": f"self.{thing.subreddit}",
        "url": url,
        "num_comments": _count(thing),
        "over_18": False,
        "spoiler": False,
        "hidden": False,
        "thumbnail": "self",
        "link_flair_text": None,
        "upvote_ratio": 1.0,
        "removed_by_category": {REMOVED: "moderator", DELETED: "deleted"}.get(thing.taken or ""),
    }


def _comment(thing: Thing, link: Thing) -> dict[str, Any]:
    body = thing.taken or thing.text
    return {
        "body": body,
        "body_html": _html(body),
        "parent_id": thing.parent,
        "link_id": link.fullname,
        "link_title": link.title,
        "link_author": DELETED if link.author.gone else link.author.name,
        "link_permalink": f"https://www.reddit.com{link.permalink}",
        "link_url": f"https://www.reddit.com{link.permalink}",
        "is_submitter": thing.author is link.author,
        "replies": "",
        "controversiality": 0,
        "score_hidden": False,
        "collapsed": False,
    }


def _html(markdown: str) -> str:
    paragraphs = "\n\n".join(f"<p>{html.escape(part)}</p>" for part in markdown.split("\n\n"))
    return f'<div class="md">{paragraphs}\n</div>'


def _count(thing: Thing) -> int:
    return sum(1 + _count(reply) for reply in thing.replies)
