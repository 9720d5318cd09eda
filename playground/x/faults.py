"""Makes requests fail on purpose, as `XNetwork.faults` says."""

import asyncio
from http import HTTPStatus

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.x import wire
from playground.x.network import Fault, XNetwork


class FaultMiddleware:
    """Strikes requests before or after they have done their work."""

    def __init__(self, app: ASGIApp, state: XNetwork) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or break it."""
        fault = None
        if scope["type"] == "http":
            fault = self.state.take_fault(scope["method"], scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
            return
        if fault.applied:
            await self.app(scope, receive, _nowhere)
        if fault.kind == "reset":
            await _reset(receive)
            return
        await self._failed(fault)(scope, receive, send)

    def _failed(self, fault: Fault) -> JSONResponse:
        assert fault.kind != "reset"
        title = HTTPStatus(fault.kind).phrase
        headers = {}
        if fault.kind == 429:
            _, resets_at = self.state.count("fault")
            headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(resets_at)}
        return JSONResponse(wire.plain(fault.kind, title, title), fault.kind, headers=headers)


async def _nowhere(_message: object) -> None:
    """Swallow an answer that never arrives."""


async def _reset(receive: Receive) -> None:
    # uvicorn's `receive` is a method of the request's cycle, which has the connection; ASGI
    # itself has no way to break one.
    cycle = getattr(receive, "__self__", None)
    assert cycle is not None, "the playground is served by uvicorn"
    cycle.transport.abort()
    while not cycle.disconnected:
        await asyncio.sleep(0)
