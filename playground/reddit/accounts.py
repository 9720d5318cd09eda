"""Accounts: who signed in, who somebody is, what they wrote, and who called them."""

from fastapi import Request
from fastapi.responses import Response

from playground.reddit.answers import as_json, failure, page
from playground.reddit.network import RedditNetwork, Token
from playground.reddit.things import in_inbox


def me(state: RedditNetwork, request: Request) -> Response:
    """The account that the token belongs to; 403 for a token that reads only."""
    token: Token = request.state.token
    if token.account is None:
        return failure(403, "Forbidden")
    return as_json(request, state.account(token.account).data())


def about(state: RedditNetwork, request: Request) -> Response:
    """Somebody's account; 404 where there is none, or no longer."""
    account = state.known_account(request.path_params["name"])
    if account is None:
        return failure(404, "Not Found")
    return as_json(request, {"kind": "t2", "data": account.data()})


def comments(state: RedditNetwork, request: Request) -> Response:
    """What somebody commented; 404 where there is no such account, or no longer."""
    account = state.known_account(request.path_params["name"])
    if account is None:
        return failure(404, "Not Found")
    return page(state, request, (each for each in state.newest(True) if each.author is account))


def inbox(state: RedditNetwork, request: Request) -> Response:
    """Answers to the token's account and comments that name it; 403 for a token that reads only."""
    token: Token = request.state.token
    if token.account is None:
        return failure(403, "Forbidden")
    return page(state, request, state.inbox(token.account), in_inbox)
