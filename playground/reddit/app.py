"""The HTTP face of the simulated Reddit: which path is answered where.

Paths and shapes follow https://www.reddit.com/dev/api and what praw asks for.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response

from playground.reddit import accounts, auth, comments, listings
from playground.reddit.faults import FaultyApp
from playground.reddit.network import RedditNetwork


def reddit_app(state: RedditNetwork) -> FaultyApp:
    """Reddit over HTTP; `state.faults` breaks it on purpose."""
    app = FaultyApp(state.faults)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        return await auth.guard(state, request, answer)

    def get(path: str, work: Callable[[RedditNetwork, Request], Response]) -> None:
        def endpoint(request: Request) -> Response:
            return work(state, request)

        app.add_api_route(path, endpoint, methods=["GET"], response_model=None)

    def post(path: str, work: Callable[[RedditNetwork, Request], Awaitable[Response]]) -> None:
        async def endpoint(request: Request) -> Response:
            return await work(state, request)

        app.add_api_route(path, endpoint, methods=["POST"], response_model=None)

    post(auth.TOKEN_PATH, auth.access_token)
    get("/api/v1/me", accounts.me)
    get("/r/{subreddit}/new", listings.new)
    get("/r/{subreddit}/comments", listings.comments)
    get("/r/{subreddit}/search", listings.search_subreddit)
    get("/search", listings.search)
    get("/comments/{link}", comments.tree)
    get("/comments/{link}/{slug}", comments.tree)
    get("/comments/{link}/{slug}/{comment}", comments.tree)
    get("/api/info", comments.info)
    get("/user/{name}/about", accounts.about)
    get("/user/{name}/comments", accounts.comments)
    get("/message/inbox", accounts.inbox)
    post("/api/comment", comments.write)
    return app
