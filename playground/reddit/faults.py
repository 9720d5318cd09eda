"""Faults that a test switches on: wrong statuses, cut connections, answers that never come."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests whose path begins with `path`.

    With `cut` the connection is broken, else `status` is answered with `body`. `applied` says
    whether Reddit has done what was asked before that.
    """

    path: str
    status: int = 503
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    applied: bool = False
    seconds: float = 0
    times: int = 1


class FaultyApp(FastAPI):
    """A FastAPI application whose faults come before its routes; knows no trailing slashes."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(openapi_url=None, redirect_slashes=False)
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, rightly or as a fault asks."""
        if scope["type"] == "http":
            scope["path"] = scope["path"].rstrip("/") or "/"
            fault = self._fault(scope["path"])
            if fault is not None:
                if fault.applied:
                    await super().__call__(scope, receive, _nowhere)
                await _fail(fault, send)
                return
        await super().__call__(scope, receive, send)

    def _fault(self, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and path.startswith(fault.path):
                fault.times -= 1
                return fault
        return None


async def _nowhere(_message: Message) -> None:
    """The answer that nobody gets."""


async def _fail(fault: Fault, send: Send) -> None:
    await asyncio.sleep(fault.seconds)
    if fault.cut:
        # uvicorn hands out a bound method of the cycle that holds the connection.
        send.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's, see above
        await asyncio.sleep(0)
        return
    kind = "application/json; charset=UTF-8"
    body = fault.body if fault.body is not None else {"message": "fault", "error": fault.status}
    data = json.dumps(body).encode()
    headers = {"content-type": kind, "content-length": str(len(data)), **fault.headers}
    await send(
        {
            "type": "http.response.start",
            "status": fault.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": data})
