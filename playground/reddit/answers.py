"""How Reddit words an answer: JSON with its escapes, errors, and pages of a listing."""

import html
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from playground.reddit.network import RedditNetwork
from playground.reddit.things import Thing, listing

LISTING_CAP = 1000
PAGE = 25
MAX_PAGE = 100


def as_json(request: Request, value: Any) -> JSONResponse:
    """The value, its texts escaped unless the request says raw_json=1."""
    if request.query_params.get("raw_json") != "1":
        value = _escaped(value)
    return JSONResponse(value)


def failure(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A request that Reddit does not answer, in the body that all its errors have."""
    return JSONResponse({"message": message, "error": status}, status, headers)


def page(
    state: RedditNetwork,
    request: Request,
    things: Iterable[Thing],
    wire: Callable[[Thing], dict[str, Any]] = Thing.wire,
) -> JSONResponse:
    """The part of a listing, newest first, that `limit` and `after` or `before` ask for.

    `wire` says how each thing shows.
    """
    query = request.query_params
    standing = list(things)[:LISTING_CAP]
    limit = query.get("limit", "")
    size = min(max(int(limit), 1), MAX_PAGE) if limit.isdecimal() else PAGE
    after, before = query.get("after"), query.get("before")
    if after is not None:
        # A thing that was deleted since keeps its place, so that paging goes on from there.
        mark = state.thing(after)
        rest = [each for each in standing if mark is not None and each.order < mark.order]
        shown = rest[:size]
    elif before is not None:
        mark = state.thing(before)
        rest = [each for each in standing if mark is not None and each.order > mark.order]
        shown = rest[-size:]
    else:
        shown = standing[:size]
    more = bool(shown) and shown[-1] is not standing[-1]
    count = query.get("count", "")
    inner = count.isdecimal() and int(count) > 0 and bool(shown)
    return as_json(
        request,
        listing(
            [wire(each) for each in shown],
            shown[-1].fullname if more else None,
            shown[0].fullname if inner else None,
        ),
    )


def _escaped(value: Any) -> Any:
    """Without raw_json=1 Reddit writes &amp;, &lt; and &gt; in every text."""
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    return value
