"""Our applications under a real uvicorn, in the test's own loop, on free ports."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.support.waiting import until


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve `app` and give its `host:port`; every socket is closed on leaving."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=3,
        )
    )
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(server.serve(sockets=[listener]))
        try:

            async def has_started() -> bool:
                if task.done():
                    raise AssertionError("the application did not start")
                return server.started

            await until(has_started)
            host, port = listener.getsockname()
            yield f"{host}:{port}"
        finally:
            server.should_exit = True
