"""Our applications under a real uvicorn, in the test's own loop, on free ports."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from services.shared.serving import WEBSOCKET_MESSAGE_BYTES
from tests.support.waiting import until


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve `app` and give its `host:port`; every socket is closed on leaving."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    with listening_socket() as listener:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(server.serve(sockets=[listener]))

            async def has_started() -> bool:
                if task.done():
                    raise AssertionError("the application did not start")
                return server.started

            try:
                await until(has_started)
                host, port = listener.getsockname()
                yield f"{host}:{port}"
            finally:
                server.should_exit = True


def listening_socket() -> socket.socket:
    """Listen on a free port; asyncio sets TCP_NODELAY only where the protocol is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener
