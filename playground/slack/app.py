"""The HTTP and WebSocket face of a workspace: what slack_sdk and slack_bolt talk to."""

import asyncio
import contextlib
import json
import math
import socket
import struct
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect

from playground.slack import methods, responses
from playground.slack.faults import Fault, OrderedFault
from playground.slack.records import APP_ID, Json, SlackError
from playground.slack.socket_mode import Link
from playground.slack.workspace import SlackWorkspace


def slack_app(workspace: SlackWorkspace) -> FastAPI:
    """Slack's Web API at /api/, Socket Mode at /link, response_urls at /response/."""
    app = FastAPI(title="Slack of the playground", openapi_url=None)

    @app.api_route("/api/{method}", methods=["GET", "POST"])
    async def web_api(method: str, request: Request) -> Response:
        workspace.address = _address(request)
        token, args = await _arguments(request)
        fault = workspace.faults.take(method)
        if fault is not None and not fault.applied:
            return await _fail(fault, request)
        wait = methods.wait_of(workspace, method, args)
        if wait:
            return _rate_limited(wait)
        try:
            answer = methods.call(workspace, method, token, args)
        except SlackError as error:
            answer = _refusal(error)
        if fault is not None:
            return await _fail(fault, request)
        return _json(answer)

    @app.post("/response/{url_id}")
    async def response_url(url_id: str, request: Request) -> Response:
        fault = workspace.faults.take("response_url")
        if fault is not None and not fault.applied:
            return await _fail(fault, request)
        try:
            responses.answer(workspace, url_id, await request.json())
        except SlackError as error:
            return _json(_refusal(error), 404 if error.code.endswith("_url") else 400)
        if fault is not None:
            return await _fail(fault, request)
        return Response("ok", media_type="text/plain")

    @app.websocket("/link")
    async def link(websocket: WebSocket) -> None:
        if not workspace.hub.use_ticket(websocket.query_params.get("ticket", "")):
            await websocket.close(4001)
            return
        await websocket.accept()
        opened = workspace.hub.open(asyncio.get_running_loop(), APP_ID)
        writing = asyncio.create_task(_write(websocket, opened))
        try:
            while True:
                workspace.hub.hear(await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError is what a receive after our own close raises.
            pass
        finally:
            workspace.hub.close(opened)
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing

    return app


async def _write(websocket: WebSocket, link: Link) -> None:
    """Send what is queued until the connection or the queue ends."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (text := await link.outbox.get()) is not None:
            await websocket.send_text(text)
        await websocket.close(1001)


def _address(request: Request) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}"


async def _arguments(request: Request) -> tuple[str | None, Json]:
    """The token and the arguments, from the query, a form or a JSON body."""
    args: Json = dict(request.query_params)
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        with contextlib.suppress(ValueError):
            sent = json.loads(body or b"{}")
            args |= sent if isinstance(sent, dict) else {}
    else:
        args |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    for name in ("blocks", "view"):
        if isinstance(args.get(name), str):
            with contextlib.suppress(ValueError):
                args[name] = json.loads(args[name])
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme == "Bearer" else args.get("token")
    return token, args


def _json(answer: Json, status: int = 200) -> Response:
    return Response(
        json.dumps(answer),
        status,
        {"X-OAuth-Scopes": methods.SCOPES, "Cache-Control": "no-store"},
        "application/json",
    )


def _refusal(error: SlackError) -> Json:
    answer: Json = {"ok": False, "error": error.code}
    if error.messages:
        answer["response_metadata"] = {"messages": error.messages}
    return answer


def _rate_limited(seconds: float) -> Response:
    answer = _json({"ok": False, "error": "ratelimited"}, 429)
    answer.headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return answer


async def _fail(fault: OrderedFault, request: Request) -> Response:
    if fault.fault is Fault.RATE_LIMITED:
        return _rate_limited(fault.seconds)
    if fault.fault is Fault.TIMEOUT:
        await asyncio.sleep(fault.seconds)
        _cut(request)
    elif fault.fault is Fault.RESET:
        _cut(request)
    return Response("Internal Server Error", 500, media_type="text/plain")


def _cut(request: Request) -> None:
    """Reset the connection: `receive` is a method of uvicorn's cycle, which has the transport."""
    transport: Any = getattr(getattr(request.receive, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("connections can only be reset when uvicorn serves the workspace")
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()
