"""What stands in subreddits: submissions, comments, and searches among them."""

import re
from collections.abc import Iterable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from playground.reddit.answers import page
from playground.reddit.network import RedditNetwork
from playground.reddit.things import Thing


def new(state: RedditNetwork, request: Request) -> Response:
    """The submissions of subreddits."""
    return _of_subreddit(state, request, state.newest(False, _subreddit(request)))


def comments(state: RedditNetwork, request: Request) -> Response:
    """The comments in subreddits."""
    return _of_subreddit(state, request, state.newest(True, _subreddit(request)))


def search_subreddit(state: RedditNetwork, request: Request) -> Response:
    """Submissions that match `q`; of all Reddit unless `restrict_sr` keeps to the subreddits."""
    inside = request.query_params.get("restrict_sr", "").lower() in ("true", "1", "on")
    found = _matching(request, state.newest(False, _subreddit(request) if inside else None))
    return _of_subreddit(state, request, found)


def search(state: RedditNetwork, request: Request) -> Response:
    """Submissions of all Reddit that match `q`."""
    return page(state, request, _matching(request, state.newest(False)))


def _subreddit(request: Request) -> str:
    """The subreddit in the path, or several as 'a+b'."""
    return str(request.path_params["subreddit"])


def _of_subreddit(state: RedditNetwork, request: Request, things: Iterable[Thing]) -> Response:
    subreddit = _subreddit(request)
    if not state.exists(subreddit):
        # Reddit sends those who ask for a subreddit that it has not to its search.
        return RedirectResponse(f"/subreddits/search?q={subreddit}", 302)
    return page(state, request, things)


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
