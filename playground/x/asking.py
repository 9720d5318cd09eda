"""Reads the parameters of a request to X, and refuses what X would refuse."""

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from starlette.requests import Request

from playground.x import wire

Body = dict[str, Any]


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


PAGING = _set("max_results pagination_token start_time end_time since_id until_id")
CHOOSING = _set(
    "tweet.fields post.fields user.fields media.fields poll.fields place.fields expansions"
)
POST_FIELDS = _set(
    "article attachments author_id card_uri community_id context_annotations conversation_id "
    "created_at display_text_range edit_controls edit_history_tweet_ids entities geo id "
    "in_reply_to_user_id lang media_metadata non_public_metrics note_tweet organic_metrics "
    "paid_partnership possibly_sensitive promoted_metrics public_metrics referenced_tweets "
    "reply_settings scopes source text withheld"
)
USER_FIELDS = _set(
    "affiliation confirmed_email connection_status created_at description entities id location "
    "most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url "
    "protected public_metrics receives_your_dm subscription subscription_type url username "
    "verified verified_followers_count verified_type withheld"
)
EXPANSIONS = _set(
    "article.cover_media article.media_entities attachments.media_keys "
    "attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids "
    "entities.mentions.username entities.note.mentions.username geo.place_id in_reply_to_user_id "
    "referenced_tweets.id referenced_tweets.id.attachments.media_keys "
    "referenced_tweets.id.author_id"
)


class Answer(Exception):
    """Ends a request with this status and body."""

    def __init__(self, status: int, body: Body) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def selection(request: Request) -> wire.Selection:
    """The fields and expansions that the request asks for. Raises Answer."""
    new = "post.fields" in request.query_params
    old_names = {new_name: old for old, new_name in wire.NEW_NAMES.items()}
    known = {
        "post.fields": POST_FIELDS | set(old_names),
        "tweet.fields": POST_FIELDS,
        "user.fields": USER_FIELDS | {"pinned_post_id"},
        "expansions": EXPANSIONS | {"referenced_posts", "edit_history_post_ids"},
    }
    asked = {name: names(request, name, frozenset(values)) for name, values in known.items()}
    posts = asked["post.fields"] | asked["tweet.fields"]
    expansions = {
        "referenced_tweets.id" if each == "referenced_posts" else each
        for each in asked["expansions"]
    }
    return wire.Selection(
        post_fields=frozenset(old_names.get(each, each) for each in posts),
        user_fields=frozenset(asked["user.fields"]),
        expansions=frozenset(expansions),
        renamed=new,
    )


def names(request: Request, name: str, known: frozenset[str]) -> set[str]:
    """The comma-separated values of a parameter. Raises Answer for one that is not `known`."""
    values = {each for each in request.query_params.get(name, "").split(",") if each}
    for value in sorted(values - known):
        message = (
            f"The `{name}` query parameter value [{value}] is not one of "
            f"[{','.join(sorted(known))}]"
        )
        raise Answer(400, wire.invalid(name, value, message))
    return values


def refuse_unknown(request: Request, allowed: set[str]) -> None:
    """Raises Answer for a parameter that the endpoint does not have."""
    for name in request.query_params:
        if name not in allowed | CHOOSING:
            shown = ",".join(sorted(allowed | CHOOSING))
            message = f"The query parameter [{name}] is not one of [{shown}]"
            raise Answer(400, wire.invalid(name, request.query_params[name], message))


def asked_id(request: Request) -> str:
    """The id in the path. Raises Answer."""
    value = str(request.path_params["id"])
    if not re.fullmatch(r"\d{1,19}", value):
        message = f"The `id` query parameter value [{value}] is not valid"
        raise Answer(400, wire.invalid("id", value, message))
    return value


def number(request: Request, name: str) -> int | None:
    """An id among the parameters. Raises Answer."""
    value = request.query_params.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,19}", value):
        message = f"The `{name}` query parameter value [{value}] is not a valid id"
        raise Answer(400, wire.invalid(name, value, message))
    return int(value)


def moment(request: Request, name: str) -> datetime | None:
    """A time among the parameters. Raises Answer."""
    value = request.query_params.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = f"The `{name}` query parameter value [{value}] is not a valid RFC 3339 date"
        raise Answer(400, wire.invalid(name, value, message))
    return at


def before(request: Request) -> int | None:
    """The id that the page token points at: only older posts follow. Raises Answer."""
    name = "next_token" if "next_token" in request.query_params else "pagination_token"
    token = request.query_params.get(name)
    if token is None:
        return None
    try:
        return int(base64.b32hexdecode(token.upper() + "=" * (-len(token) % 8)))
    except (binascii.Error, ValueError):
        message = f"The `{name}` query parameter value [{token}] is not valid"
        raise Answer(400, wire.invalid(name, token, message)) from None
