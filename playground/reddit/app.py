"""The HTTP face of the simulated Reddit: OAuth, listings, trees, and comments that are written.

Paths and shapes follow https://www.reddit.com/dev/api and what praw asks for.
"""

import base64
import binascii
import html
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from playground.reddit.faults import FaultyApp
from playground.reddit.network import CommentError, RedditNetwork, Token
from playground.reddit.things import Thing, in_inbox, listing

TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - a path
TOKEN_SECONDS = 3600
LISTING_CAP = 1000
PAGE = 25
MAX_PAGE = 100


def reddit_app(state: RedditNetwork) -> FaultyApp:
    """Reddit over HTTP; `state.faults` breaks it on purpose."""
    app = FaultyApp(state.faults)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        state.requests.append((request.method, request.url.path))
        if request.url.path == TOKEN_PATH:
            return await answer(request)
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = state.token(bearer) if scheme.lower() == "bearer" else None
        if token is None:
            realm = 'Bearer realm="reddit", error="invalid_token"'
            return _error(401, "Unauthorized", {"www-authenticate": realm})
        request.state.token = token
        remaining, used, reset = state.count_request()
        limits = {
            "x-ratelimit-remaining": f"{max(remaining, 0)}.0",
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str(reset),
        }
        if remaining < 0:
            return _error(429, "Too Many Requests", {**limits, "retry-after": str(reset)})
        response = await answer(request)
        response.headers.update(limits)
        return response

    @app.post(TOKEN_PATH)
    async def access_token(request: Request) -> Response:
        if _basic(request) != state.client:
            return _error(401, "Unauthorized")
        form = await request.form()
        grant = form.get("grant_type")
        account = None
        if grant == "password":
            account = str(form.get("username"))
            if state.passwords.get(account) != form.get("password"):
                return JSONResponse({"error": "invalid_grant"})
        elif grant != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        return JSONResponse(
            {
                "access_token": state.issue_token(account),
                "token_type": "bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": "*",
            }
        )

    @app.get("/api/v1/me")
    def me(request: Request) -> Response:
        token: Token = request.state.token
        if token.account is None:
            return _error(403, "Forbidden")
        return _json(request, state.account(token.account).data())

    @app.get("/r/{subreddit}/new")
    def new(request: Request, subreddit: str) -> Response:
        return _of_subreddit(request, subreddit, state.newest(False, subreddit))

    @app.get("/r/{subreddit}/comments")
    def comments(request: Request, subreddit: str) -> Response:
        return _of_subreddit(request, subreddit, state.newest(True, subreddit))

    @app.get("/r/{subreddit}/search")
    def search_subreddit(request: Request, subreddit: str) -> Response:
        inside = request.query_params.get("restrict_sr", "").lower() in ("true", "1", "on")
        found = _matching(request, state.newest(False, subreddit if inside else None))
        return _of_subreddit(request, subreddit, found)

    @app.get("/search")
    def search(request: Request) -> Response:
        return _page(request, _matching(request, state.newest(False)))

    @app.get("/comments/{link}")
    @app.get("/comments/{link}/{slug}")
    @app.get("/comments/{link}/{slug}/{comment}")
    def tree(request: Request, link: str, comment: str | None = None) -> Response:
        first = state.thing(f"t3_{link}")
        if first is None:
            return _error(404, "Not Found")
        tops = first.replies
        if comment is not None:
            one = state.thing(f"t1_{comment}")
            tops = [one] if one is not None and one.link is first else []
        ordered = sorted(tops, key=lambda each: each.order)
        if request.query_params.get("sort") == "new":
            ordered.reverse()
        return _json(request, [listing([first.wire()]), listing([top.tree() for top in ordered])])

    @app.get("/api/info")
    def info(request: Request) -> Response:
        names = request.query_params.get("id", "").split(",")[:MAX_PAGE]
        found = (state.thing(name) for name in names)
        return _json(request, listing([thing.wire() for thing in found if thing is not None]))

    @app.get("/user/{name}/about")
    def about(request: Request, name: str) -> Response:
        account = state.known_account(name)
        if account is None:
            return _error(404, "Not Found")
        return _json(request, {"kind": "t2", "data": account.data()})

    @app.get("/user/{name}/comments")
    def comments_of(request: Request, name: str) -> Response:
        account = state.known_account(name)
        if account is None:
            return _error(404, "Not Found")
        return _page(request, (each for each in state.newest(True) if each.author is account))

    @app.get("/message/inbox")
    def inbox(request: Request) -> Response:
        token: Token = request.state.token
        if token.account is None:
            return _error(403, "Forbidden")
        return _page(request, state.inbox(token.account), in_inbox)

    @app.post("/api/comment")
    async def comment(request: Request) -> Response:
        token: Token = request.state.token
        form = await request.form()
        parent, text = str(form.get("thing_id", "")), str(form.get("text", ""))
        if token.account is None:
            return _refused(CommentError("USER_REQUIRED", "Please log in to do that.", None))
        above = state.thing(parent)
        if above is not None and above.subreddit in state.banned_from:
            return _error(403, "Forbidden")
        moment = state.clock()
        try:
            fullname = state.comment(token.account, parent, text, moment)
        except CommentError as error:
            return _refused(error)
        if state.replied is not None:
            state.replied(parent, fullname, moment)
        written = state.thing(fullname)
        assert written is not None
        return _json(request, {"json": {"errors": [], "data": {"things": [written.wire()]}}})

    def _of_subreddit(request: Request, subreddit: str, things: Iterable[Thing]) -> Response:
        if not state.exists(subreddit):
            # Reddit sends those who ask for a subreddit that it has not to its search.
            return RedirectResponse(f"/subreddits/search?q={subreddit}", 302)
        return _page(request, things)

    def _page(
        request: Request,
        things: Iterable[Thing],
        wire: Callable[[Thing], dict[str, Any]] = Thing.wire,
    ) -> Response:
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
            rest, shown = standing, standing[:size]
        more = bool(shown) and shown[-1] is not standing[-1]
        count = query.get("count", "")
        inner = count.isdecimal() and int(count) > 0 and bool(shown)
        return _json(
            request,
            listing(
                [wire(each) for each in shown],
                shown[-1].fullname if more else None,
                shown[0].fullname if inner else None,
            ),
        )

    return app


def _matching(request: Request, things: Iterable[Thing]) -> Iterable[Thing]:
    """Any of the alternatives around OR, each with all its words or quoted phrases."""
    query = request.query_params.get("q", "")
    wanted = [
        [phrase or word for phrase, word in re.findall(r'"([^"]+)"|([^\s"()]+)', part.lower())]
        for part in re.split(r"\bOR\b", query)
    ]
    for thing in things:
        words = f"{thing.title}\n{thing.text}".lower()
        if any(part and all(term in words for term in part) for part in wanted):
            yield thing


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if scheme.lower() == "basic" else None


def _json(request: Request, value: Any) -> JSONResponse:
    if request.query_params.get("raw_json") != "1":
        value = _escaped(value)
    return JSONResponse(value)


def _escaped(value: Any) -> Any:
    """Without raw_json=1 Reddit writes &amp;, &lt; and &gt; in every text."""
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    return value


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"message": message, "error": status}, status, headers)


def _refused(error: CommentError) -> JSONResponse:
    return JSONResponse({"json": {"errors": [[error.code, error.message, error.place]]}})
