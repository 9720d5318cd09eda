"""X's wire format: posts and accounts as JSON with field selection, and problems."""

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playground.story import Person
from playground.x.network import EPOCH_MS, MENTION, Tweet, XNetwork

SHORT = 280
PROBLEMS = "https://api.x.com/2/problems/"
URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
# X renamed its fields from tweet to post; a request gets the names in which it asks.
NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "pinned_tweet_id": "pinned_post_id",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What an answer shows. `renamed` when the request used X's newer names."""

    post_fields: frozenset[str] = frozenset()
    user_fields: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    renamed: bool = False


def moment(at: datetime) -> str:
    """RFC 3339 with milliseconds, as X writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_json(state: XNetwork, tweet: Tweet, chosen: Selection) -> dict[str, Any]:
    """One post with the default fields and the chosen ones."""
    source = _source(state, tweet)
    whole = _shortened(source)
    is_long = len(whole) > SHORT
    shown = whole[: SHORT - 1] + "…" if is_long else whole
    parent = state.tweet(tweet.reply_to) if tweet.reply_to is not None else None
    references = [("replied_to", tweet.reply_to), ("quoted", tweet.quoted)]
    links = [{"type": kind, "id": to} for kind, to in references if to is not None]
    everything: dict[str, Any] = {
        "id": tweet.id,
        "text": html.escape(shown, quote=False),
        "edit_history_tweet_ids": [*tweet.earlier, tweet.id],
        "author_id": tweet.author_id,
        "conversation_id": tweet.conversation_id,
        "created_at": moment(tweet.created_at),
        "lang": tweet.lang,
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "entities": _entities(state, source, html.escape(shown, quote=False)),
        "referenced_tweets": links,
    }
    if "public_metrics" in chosen.post_fields:
        everything["public_metrics"] = _counts(state, tweet)
    if parent is not None:
        everything["in_reply_to_user_id"] = parent.author_id
    if is_long:
        text = html.escape(whole, quote=False)
        everything["note_tweet"] = {"text": text, "entities": _entities(state, source, text)}
    wanted = {"id", "text", "edit_history_tweet_ids"} | chosen.post_fields
    if "author_id" in chosen.expansions:
        wanted.add("author_id")
    if any(each.startswith("referenced_tweets.id") for each in chosen.expansions):
        wanted.add("referenced_tweets")
    if "entities.mentions.username" in chosen.expansions:
        wanted.add("entities")
    found = {name: value for name, value in everything.items() if name in wanted and value}
    return _named(found, chosen)


def user_json(person: Person, chosen: Selection) -> dict[str, Any]:
    """One account with the default fields and the chosen ones."""
    assert person.x_id is not None, "only accounts on X are shown"
    everything: dict[str, Any] = {
        "id": person.x_id,
        "name": person.name,
        "username": person.handle,
        "created_at": moment(_joined(person.x_id)),
        "description": "",
        "protected": False,
        "verified": person.verified,
        "verified_type": "business" if person.verified else "none",
        "public_metrics": {
            "followers_count": person.followers,
            "following_count": 0,
            # Both names: X changes from one to the other.
            "tweet_count": 0,
            "post_count": 0,
            "listed_count": 0,
            "like_count": 0,
        },
    }
    wanted = {"id", "name", "username"} | chosen.user_fields
    return _named({name: each for name, each in everything.items() if name in wanted}, chosen)


def includes(state: XNetwork, tweets: Iterable[Tweet], chosen: Selection) -> dict[str, Any]:
    """Accounts and posts that the answer refers to, as `expansions` asks."""
    people: dict[str, Person] = {}
    posts: dict[str, Tweet] = {}

    def keep(account_id: str) -> None:
        person = state.account(account_id)
        if person is not None:
            people[account_id] = person

    for tweet in tweets:
        if "author_id" in chosen.expansions:
            keep(tweet.author_id)
        if "entities.mentions.username" in chosen.expansions:
            for person in state.mentions(tweet):
                keep(person.x_id or "")
        for reference in (tweet.reply_to, tweet.quoted):
            other = state.tweet(reference) if reference is not None else None
            if other is None:
                continue
            if any(each.startswith("referenced_tweets.id") for each in chosen.expansions):
                posts[other.id] = other
            if "referenced_tweets.id.author_id" in chosen.expansions:
                keep(other.author_id)
            if "in_reply_to_user_id" in chosen.expansions and reference == tweet.reply_to:
                keep(other.author_id)
    name = "posts" if chosen.renamed else "tweets"
    found = {
        "users": [user_json(person, chosen) for person in people.values()],
        name: [post_json(state, post, chosen) for post in posts.values()],
    }
    return {key: value for key, value in found.items() if value}


def invalid(parameter: str, value: str, message: str) -> dict[str, Any]:
    """The body of a 400."""
    return {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}invalid-request",
        "status": 400,
    }


def missing(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """An entry of `errors` for something that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}resource-not-found",
    }


def plain(status: int, title: str, detail: str) -> dict[str, Any]:
    """The body of a 401, 403, 429 or 5xx.

    X sends title, type, status and detail; its published schema wants code and message. Both are
    here, so that a reader of either finds what it looks for.
    """
    return {
        "title": title,
        "type": "about:blank",
        "status": status,
        "detail": detail,
        "code": status,
        "message": detail,
    }


def _named(found: dict[str, Any], chosen: Selection) -> dict[str, Any]:
    if not chosen.renamed:
        return found
    return {NEW_NAMES.get(name, name): value for name, value in found.items()}


def short_url(url: str) -> str:
    """The t.co link that X puts in place of `url`."""
    code = hashlib.blake2b(url.encode(), digest_size=5).hexdigest()
    return f"https://t.co/{code}"


def _source(state: XNetwork, tweet: Tweet) -> str:
    # The words of a quote end with a link to the post that it quotes.
    quoted = state.tweet(tweet.quoted) if tweet.quoted is not None else None
    author = state.account(quoted.author_id) if quoted is not None else None
    if quoted is None or author is None:
        return tweet.text
    return f"{tweet.text} https://x.com/{author.handle}/status/{quoted.id}"


def _shortened(text: str) -> str:
    return URL.sub(lambda match: short_url(match[0]), text)


def _entities(state: XNetwork, source: str, shown: str) -> dict[str, Any]:
    mentions = []
    for match in MENTION.finditer(shown):
        person = state.account_named(match[1])
        entry = {"start": match.start(), "end": match.end(), "username": match[1]}
        mentions.append({**entry, "id": person.x_id} if person is not None else entry)
    urls = []
    for whole in dict.fromkeys(URL.findall(source)):
        at = shown.find(short_url(whole))
        if at >= 0:
            parts = urlsplit(whole)
            urls.append(
                {
                    "start": at,
                    "end": at + len(short_url(whole)),
                    "url": short_url(whole),
                    "expanded_url": whole,
                    "display_url": (parts.netloc + parts.path)[:26],
                }
            )
    tags = [
        {"start": match.start(), "end": match.end(), "tag": match[1]}
        for match in re.finditer(r"(?<![\w&])#(\w*[^\W\d_]\w*)", shown)
    ]
    found = {"mentions": mentions, "urls": urls, "hashtags": tags}
    return {name: value for name, value in found.items() if value}


def _counts(state: XNetwork, tweet: Tweet) -> dict[str, int]:
    others = state.tweets()
    return {
        "retweet_count": 0,
        "repost_count": 0,
        "reply_count": sum(other.reply_to == tweet.id for other in others),
        "like_count": 0,
        "quote_count": sum(other.quoted == tweet.id for other in others),
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _joined(account_id: str) -> datetime:
    # An account's id tells when it was made, as a post's does, since ids have 18 digits or more.
    ms = (int(account_id) >> 22) + EPOCH_MS if len(account_id) >= 18 else EPOCH_MS
    return datetime.fromtimestamp(ms / 1000, UTC)
