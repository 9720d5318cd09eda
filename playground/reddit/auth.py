"""Who asks: access tokens, and the guard that looks at one before every other answer."""

import base64
import binascii
from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from playground.reddit.answers import failure
from playground.reddit.network import RedditNetwork

TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - a path
TOKEN_SECONDS = 3600


async def guard(
    state: RedditNetwork, request: Request, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Let those with a token and requests to spare through to `answer`; 401 or 429 to others.

    The token stands in `request.state.token` from there on.
    """
    state.requests.append((request.method, request.url.path))
    if request.url.path == TOKEN_PATH:
        return await answer(request)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = state.token(bearer) if scheme.lower() == "bearer" else None
    if token is None:
        realm = 'Bearer realm="reddit", error="invalid_token"'
        return failure(401, "Unauthorized", {"www-authenticate": realm})
    request.state.token = token
    remaining, used, reset = state.count_request()
    limits = {
        "x-ratelimit-remaining": f"{max(remaining, 0)}.0",
        "x-ratelimit-used": str(used),
        "x-ratelimit-reset": str(reset),
    }
    if remaining < 0:
        return failure(429, "Too Many Requests", {**limits, "retry-after": str(reset)})
    response = await answer(request)
    response.headers.update(limits)
    return response


async def access_token(state: RedditNetwork, request: Request) -> Response:
    """A token for the client: of its account with a password, to read only without."""
    if _basic(request) != state.client:
        return failure(401, "Unauthorized")
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


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if scheme.lower() == "basic" else None
