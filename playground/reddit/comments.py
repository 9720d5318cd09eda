"""Single things by id, a submission with the tree below it, and comments that are written."""

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from playground.reddit.answers import MAX_PAGE, as_json, failure
from playground.reddit.network import CommentError, RedditNetwork, Token
from playground.reddit.things import listing


def tree(state: RedditNetwork, request: Request) -> Response:
    """A submission and its comments, oldest first unless `sort` is 'new', or below one of them."""
    first = state.thing(f"t3_{request.path_params['link']}")
    if first is None:
        return failure(404, "Not Found")
    # The one comment stands in the path or among the parameters.
    comment = {**request.query_params, **request.path_params}.get("comment")
    tops = first.replies
    if comment is not None:
        one = state.thing(f"t1_{comment}")
        tops = [one] if one is not None and one.link is first else []
    ordered = sorted(tops, key=lambda each: each.order)
    if request.query_params.get("sort") == "new":
        ordered.reverse()
    return as_json(request, [listing([first.wire()]), listing([top.tree() for top in ordered])])


def info(state: RedditNetwork, request: Request) -> Response:
    """The things whose fullnames stand in `id`, between commas, a hundred at most."""
    names = request.query_params.get("id", "").split(",")[:MAX_PAGE]
    found = (state.thing(name) for name in names)
    return as_json(request, listing([thing.wire() for thing in found if thing is not None]))


async def write(state: RedditNetwork, request: Request) -> Response:
    """A comment below `thing_id`; tells `state.replied`."""
    token: Token = request.state.token
    form = await request.form()
    parent, text = str(form.get("thing_id", "")), str(form.get("text", ""))
    if token.account is None:
        return _refused(CommentError("USER_REQUIRED", "Please log in to do that.", None))
    above = state.thing(parent)
    if above is not None and above.subreddit in state.banned_from:
        return failure(403, "Forbidden")
    moment = state.clock()
    try:
        fullname = state.comment(token.account, parent, text, moment)
    except CommentError as error:
        return _refused(error)
    if state.replied is not None:
        state.replied(parent, fullname, moment)
    written = state.thing(fullname)
    assert written is not None
    return as_json(request, {"json": {"errors": [], "data": {"things": [written.wire()]}}})


def _refused(error: CommentError) -> JSONResponse:
    return JSONResponse({"json": {"errors": [[error.code, error.message, error.place]]}})
