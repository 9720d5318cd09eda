"""Runs a simulated service on loopback, in a thread of this process."""

import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import uvicorn

HOST = "127.0.0.1"
START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running service: its address without a trailing slash, and the way to stop it."""

    url: str
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop and wait until the port is free."""
        self._server.should_exit = True
        self._thread.join(START_SECONDS)


def serve(app: Any, port: int = 0) -> Served:
    """Serve an ASGI application on 127.0.0.1; port 0 takes a free one.

    Raises OSError when the port is taken, RuntimeError when the application does not start.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        # slack_sdk's client looks up from its socket only when something arrives, or after 3 s;
        # frequent pings let it close and change connections without that wait.
        ws_ping_interval=0.3,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name=f"serve {address}", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError(f"the service at {address} did not start")
        time.sleep(0.01)
    return Served(address, server, thread)
