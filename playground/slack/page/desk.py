"""The page's addresses. Everything is loopback only, and nothing can be pressed from elsewhere."""

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

from playground.public import PublicNetwork
from playground.slack.page.state import page_state, page_version, public_state
from playground.slack.records import SlackError
from playground.slack.workspace import SlackWorkspace

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "html": "text/html; charset=utf-8",
}
_STATIC = files("playground.slack.page") / "static"
_ASSETS = ("desk.css", "desk.js", "blocks.js", "modal.js", "public.js", "icon.svg")


class _Press(BaseModel):
    user: str
    action_id: str
    ts: str | None = None
    view: str | None = None
    value: str | None = None


class _Submit(BaseModel):
    user: str
    view: str
    values: dict[str, str | list[str] | None] = {}


class _Close(BaseModel):
    user: str
    view: str


class _Say(BaseModel):
    user: str
    text: str = Field(min_length=1, max_length=4000)
    thread_ts: str | None = None


def _guard(request: Request, response: Response) -> None:
    """Refuse other hosts' names (DNS rebinding) and other sites' requests (CSRF)."""
    host = request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise HTTPException(403, "this page is only served to this machine", HEADERS)
    if request.method != "GET" and request.headers.get("origin") != f"http://{host}":
        raise HTTPException(403, "this can only be pressed on the page itself", HEADERS)
    response.headers.update(HEADERS)


def desk_page(workspace: SlackWorkspace, networks: Sequence[PublicNetwork] = ()) -> APIRouter:
    """The page at `/` and what it calls at `/desk/`; show it on a loopback address only."""
    router = APIRouter(dependencies=[Depends(_guard)], include_in_schema=False)

    @router.get("/")
    def page() -> Response:
        return _file("desk.html")

    @router.get("/desk/static/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise HTTPException(404, headers=HEADERS)
        return _file(name)

    @router.get("/archives/{channel}/{message}")
    def permalink(channel: str, message: str) -> Response:
        found = re.fullmatch(r"p(\d{10})(\d{6})", message)
        if found is None or channel != workspace.channel_id:
            raise HTTPException(404, headers=HEADERS)
        return RedirectResponse(f"/#{found[1]}.{found[2]}", headers=HEADERS)

    @router.get("/desk/me")
    def me() -> Response:
        return _json({"agents": [agent.id for agent in workspace.agents]})

    @router.get("/desk/state")
    def state(me: str, since: str = "") -> Response:
        if since == page_version(workspace):
            return Response(status_code=204, headers=HEADERS)
        try:
            return _json(page_state(workspace, me))
        except LookupError as error:
            raise HTTPException(404, str(error), HEADERS) from None

    @router.get("/desk/public")
    def public(since: str = "") -> Response:
        answer = public_state(networks)
        if answer["version"] == since:
            return Response(status_code=204, headers=HEADERS)
        return _json(answer)

    @router.post("/desk/press")
    def press(body: _Press) -> Response:
        try:
            if body.view is not None:
                done = workspace.press_in_view(body.user, body.view, body.action_id, body.value)
            else:
                done = workspace.press(body.user, body.ts or "", body.action_id, body.value)
        except LookupError as error:
            raise HTTPException(404, str(error), HEADERS) from None
        return _json({"acknowledged": done.acknowledged})

    @router.post("/desk/submit")
    def submit(body: _Submit) -> Response:
        try:
            done = workspace.submit(body.user, body.view, body.values)
        except LookupError as error:
            raise HTTPException(404, str(error), HEADERS) from None
        return _json({"errors": done.errors, "closed": done.closed, "problem": done.problem})

    @router.post("/desk/close")
    def close(body: _Close) -> Response:
        try:
            workspace.close(body.user, body.view)
        except LookupError as error:
            raise HTTPException(404, str(error), HEADERS) from None
        return _json({})

    @router.post("/desk/say")
    def say(body: _Say) -> Response:
        try:
            said = workspace.say(body.user, body.text, body.thread_ts)
        except (LookupError, SlackError) as error:
            raise HTTPException(404, str(error), HEADERS) from None
        return _json({"ts": said.ts})

    return router


def _json(answer: Any) -> Response:
    return JSONResponse(answer, headers=HEADERS)


def _file(name: str) -> Response:
    kind = _TYPES[name.rpartition(".")[2]]
    return Response((_STATIC / name).read_bytes(), headers=HEADERS, media_type=kind)
