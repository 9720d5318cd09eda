"""X API v2 as an application on loopback."""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import timedelta

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from playground.x import query, wire
from playground.x.asking import (
    PAGING,
    Answer,
    Body,
    asked_id,
    before,
    moment,
    names,
    number,
    refuse_unknown,
    selection,
)
from playground.x.auth import Caller, caller
from playground.x.faults import FaultMiddleware
from playground.x.network import EPOCH_MS, Refusal, Tweet, XNetwork

SEARCH_DAYS = 7


def x_app(state: XNetwork) -> FastAPI:
    """The application over `state`."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(FaultMiddleware, state=state)

    def route(method: str, path: str, work: Callable[[XNetwork, Request], Body]) -> None:
        async def endpoint(request: Request) -> JSONResponse:
            request.state.body = await request.body()
            return await run_in_threadpool(_answer, state, request, f"{method} {path}", work)

        app.add_api_route(path, endpoint, methods=[method], response_model=None)

    route("GET", "/2/tweets/search/recent", _search)
    route("GET", "/2/tweets", _posts)
    route("GET", "/2/tweets/{id}", _post)
    route("POST", "/2/tweets", _create)
    route("DELETE", "/2/tweets/{id}", _delete)
    route("GET", "/2/users/me", _me)
    route("GET", "/2/users/by/username/{username}", _user)
    route("GET", "/2/users/{id}", _user_by_id)
    route("GET", "/2/users/{id}/mentions", _mentions)
    route("GET", "/2/users/{id}/tweets", _timeline)
    return app


def _answer(
    state: XNetwork, request: Request, endpoint: str, work: Callable[[XNetwork, Request], Body]
) -> JSONResponse:
    left, resets_at = state.count(endpoint)
    headers = {
        "x-rate-limit-limit": str(state.limit),
        "x-rate-limit-remaining": str(max(left, 0)),
        "x-rate-limit-reset": str(resets_at),
    }
    try:
        _admit(state, request, left)
        body, status = work(state, request), 201 if request.method == "POST" else 200
    except Answer as answer:
        body, status = answer.body, answer.status
    except Refusal as refusal:
        body, status = wire.plain(403, "Forbidden", str(refusal)), 403
    problem = status >= 400 and body.get("type") != "about:blank"
    kind = "application/problem+json" if problem else "application/json"
    return JSONResponse(body, status, headers=headers, media_type=kind)


def _admit(state: XNetwork, request: Request, left: int) -> None:
    who = caller(state, request)
    if who is None:
        raise Answer(401, wire.plain(401, "Unauthorized", "Unauthorized"))
    if left < 0:
        raise Answer(429, wire.plain(429, "Too Many Requests", "Too Many Requests"))
    if who is Caller.APP and (request.method != "GET" or request.url.path == "/2/users/me"):
        detail = (
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. "
            "Supported authentication types are [OAuth 1.0a User Context, "
            "OAuth 2.0 User Context]."
        )
        raise Answer(403, wire.plain(403, "Unsupported Authentication", detail))


def _mentions(state: XNetwork, request: Request) -> Body:
    person = state.account(asked_id(request))
    if person is None:
        raise Answer(200, {"errors": [wire.missing("user", "id", asked_id(request))]})
    found = (
        tweet
        for tweet in state.tweets()
        if tweet.author_id != person.x_id and person in state.mentions(tweet)
    )
    return _page(state, request, found, smallest=5, allowed=PAGING)


def _timeline(state: XNetwork, request: Request) -> Body:
    account = asked_id(request)
    if state.account(account) is None:
        raise Answer(200, {"errors": [wire.missing("user", "id", account)]})
    excluded = names(request, "exclude", frozenset({"replies", "retweets"}))
    found = (
        tweet
        for tweet in state.tweets()
        if tweet.author_id == account and not ("replies" in excluded and tweet.reply_to)
    )
    return _page(state, request, found, smallest=5, allowed=PAGING | {"exclude"})


def _search(state: XNetwork, request: Request) -> Body:
    text = request.query_params.get("query", "")
    try:
        test = query.parse(text)
    except query.QueryError as error:
        raise Answer(400, wire.invalid("query", text, str(error))) from None
    oldest = state.clock() - timedelta(days=SEARCH_DAYS)
    since = request.query_params.get("since_id")
    least = (int(oldest.timestamp() * 1000) - EPOCH_MS) << 22
    if since is not None and since.isdecimal() and int(since) < least:
        message = (
            f"'since_id' must be a tweet id created after {oldest:%Y-%m-%dT%H:%MZ}. "
            f"Please use a 'since_id' that is larger than {least}"
        )
        raise Answer(400, wire.invalid("since_id", since, message))
    start = moment(request, "start_time")
    if start is not None and start < oldest:
        message = f"'start_time' must be on or after {wire.moment(oldest)}"
        raise Answer(400, wire.invalid("start_time", wire.moment(start), message))
    found = (
        tweet
        for tweet in state.tweets()
        if tweet.created_at >= oldest and test(_searched(state, tweet))
    )
    allowed = PAGING | {"query", "next_token", "sort_order"}
    return _page(state, request, found, smallest=10, allowed=allowed)


def _posts(state: XNetwork, request: Request) -> Body:
    refuse_unknown(request, {"ids"})
    ids = [each for each in request.query_params.get("ids", "").split(",") if each]
    if not 1 <= len(ids) <= 100:
        message = f"The number of values in the `ids` query parameter [{len(ids)}] is not 1 to 100"
        raise Answer(400, wire.invalid("ids", request.query_params.get("ids", ""), message))
    chosen = selection(request)
    found = [tweet for each in ids if (tweet := state.tweet(each)) is not None]
    known = {tweet.id for tweet in found}
    errors = [wire.missing("tweet", "ids", each) for each in ids if each not in known]
    return _body(state, found, chosen, errors=errors)


def _post(state: XNetwork, request: Request) -> Body:
    refuse_unknown(request, set())
    tweet = state.tweet(asked_id(request))
    if tweet is None:
        raise Answer(200, {"errors": [wire.missing("tweet", "id", asked_id(request))]})
    chosen = selection(request)
    body = _body(state, [tweet], chosen)
    return {**body, "data": body["data"][0]}


def _create(state: XNetwork, request: Request) -> Body:
    try:
        wanted = json.loads(request.state.body)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise Answer(400, wire.invalid("body", "", "The body is no JSON object."))
    text = wanted.get("text")
    reply, quoted = wanted.get("reply") or {}, wanted.get("quote_tweet_id")
    if not isinstance(text, str) or not text.strip() or not isinstance(reply, dict):
        raise Answer(400, wire.invalid("text", str(text), "You must provide a text."))
    unknown = sorted(set(wanted) - {"text", "reply", "quote_tweet_id"})
    if unknown:
        message = f"$.{unknown[0]}: is not defined in the schema and the schema does not allow it"
        raise Answer(400, wire.invalid(unknown[0], str(wanted[unknown[0]]), message))
    tweet = state.post(text, reply.get("in_reply_to_tweet_id"), quoted)
    shown = wire.post_json(state, tweet, wire.Selection())
    return {"data": shown}


def _delete(state: XNetwork, request: Request) -> Body:
    return {"data": {"deleted": state.delete(asked_id(request))}}


def _me(state: XNetwork, request: Request) -> Body:
    return {"data": wire.user_json(state.brand, selection(request))}


def _user(state: XNetwork, request: Request) -> Body:
    name = request.path_params["username"]
    person = state.account_named(name)
    if person is None:
        raise Answer(200, {"errors": [wire.missing("user", "username", name)]})
    return {"data": wire.user_json(person, selection(request))}


def _user_by_id(state: XNetwork, request: Request) -> Body:
    account_id = request.path_params["id"]
    person = state.account(account_id)
    if person is None:
        raise Answer(200, {"errors": [wire.missing("user", "id", account_id)]})
    return {"data": wire.user_json(person, selection(request))}


def _page(
    state: XNetwork,
    request: Request,
    found: Iterable[Tweet],
    smallest: int,
    allowed: Iterable[str],
) -> Body:
    refuse_unknown(request, set(allowed))
    params = request.query_params
    chosen = selection(request)
    size = params.get("max_results", "10")
    if not size.isdecimal() or not smallest <= int(size) <= 100:
        message = (
            f"The `max_results` query parameter value [{size}] is not between {smallest} and 100"
        )
        raise Answer(400, wire.invalid("max_results", size, message))
    since, until = number(request, "since_id"), number(request, "until_id")
    start, end = moment(request, "start_time"), moment(request, "end_time")
    earlier = before(request)
    kept = [
        tweet
        for tweet in found
        if (since is None or int(tweet.id) > since)
        and (until is None or int(tweet.id) < until)
        and (earlier is None or int(tweet.id) < earlier)
        and (start is None or tweet.created_at >= start)
        and (end is None or tweet.created_at < end)
    ]
    page = kept[: int(size)]
    meta: Body = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if len(kept) > len(page):
        meta["next_token"] = base64.b32hexencode(page[-1].id.encode()).decode().rstrip("=").lower()
    body = _body(state, page, chosen)
    # X leaves `data` out of an empty page.
    return {**({"data": body["data"]} if page else {}), **_without(body, "data"), "meta": meta}


def _body(
    state: XNetwork,
    tweets: list[Tweet],
    chosen: wire.Selection,
    errors: list[Body] | None = None,
) -> Body:
    body: Body = {"data": [wire.post_json(state, tweet, chosen) for tweet in tweets]}
    if included := wire.includes(state, tweets, chosen):
        body["includes"] = included
    if errors:
        body["errors"] = errors
    return body


def _without(body: Body, name: str) -> Body:
    return {key: value for key, value in body.items() if key != name}


def _searched(state: XNetwork, tweet: Tweet) -> query.Searched:
    author = state.account(tweet.author_id)
    parent = state.tweet(tweet.reply_to) if tweet.reply_to is not None else None
    to = state.account(parent.author_id) if parent is not None else None
    flags = {"reply"} if tweet.reply_to else set()
    return query.Searched(
        text=tweet.text,
        author=author.handle.lower() if author is not None else "",
        author_id=tweet.author_id,
        to=to.handle.lower() if to is not None else None,
        mentions=frozenset(person.handle.lower() for person in state.mentions(tweet)),
        lang=tweet.lang,
        conversation_id=tweet.conversation_id,
        flags=frozenset(flags | ({"quote"} if tweet.quoted else set())),
    )
