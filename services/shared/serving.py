"""How every service's HTTP side is run."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from socket import socket
from types import FrameType
from typing import Any, Final, cast, override

import uvicorn
from starlette.types import ASGIApp
from uvicorn.lifespan.on import LifespanOn

from services.shared.front_door import FrontDoor
from services.shared.http_protocol import BoundedHttpProtocol
from services.shared.logging import get_logger

SHUTDOWN_SECONDS: Final = 10
# Whoever asks on a connection in the moment in which we close it gets no answer, and proxies do not
# ask again for a form that was sent: we keep it longer than they do (a minute, most of them).
KEEP_ALIVE_SECONDS: Final = 75
STARTUP_FAILURE: Final = 3
BROKEN_OFF: Final = 4
# Clients only listen: what they send is read to the end of a frame and thrown away.
WEBSOCKET_MESSAGE_BYTES: Final = 4096
# How often it is looked whether someone has lost patience.
PATIENCE_SECONDS: Final = 0.1

type BeforeShutdown = Callable[[dict[str, Any]], Awaitable[None]]
"""Called with the lifespan's state, while the service still takes connections."""

log = get_logger("shared.serving")


def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS,
    websockets: type[asyncio.Protocol] | None = None,
    before_shutdown: BeforeShutdown | None = None,
) -> None:
    """Serve `app` until SIGINT or SIGTERM; open requests get ten seconds to end.

    A connection without requests is kept for `keep_alive_seconds`. `websockets` is the protocol
    class of upgraded connections: without one there are none.
    `before_shutdown` comes first, and takes as long as it needs; a second SIGINT cuts it short.
    """
    config = serving_config(
        app, host=host, port=port, keep_alive_seconds=keep_alive_seconds, websockets=websockets
    )
    server = Server(config, before_shutdown)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)
    if server.is_broken:
        sys.exit(BROKEN_OFF)


def serving_config(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS,
    websockets: type[asyncio.Protocol] | None = None,
    message_bytes: int = WEBSOCKET_MESSAGE_BYTES,
) -> uvicorn.Config:
    """Return the configuration that all services have in common."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=FrontDoor if websockets else BoundedHttpProtocol,
        ws=websockets or "none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ws_max_size=message_bytes,
    )


class Server(uvicorn.Server):
    """A server with a step before its shutdown, that can be stopped while it still starts.

    It ends where the application's lifespan does so by itself: what that held is gone, and whoever
    runs us is to start us again.
    """

    def __init__(
        self, config: uvicorn.Config, before_shutdown: BeforeShutdown | None = None
    ) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown
        self.is_broken = False

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if not self.started:
            # The lifespan may still wait for something to come up.
            raise SystemExit(128 + sig)

    @override
    async def on_tick(self, counter: int) -> bool:
        lifespan = cast(LifespanOn, self.lifespan)
        if not self.should_exit and lifespan.shutdown_event.is_set():
            log.error("broken_off", reason="the lifespan has ended")
            self.is_broken = self.should_exit = True
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        if self._before_shutdown is not None:
            try:
                await self._prepare(self._before_shutdown)
            except Exception:
                log.exception("the step before the shutdown failed")
        await super().shutdown(sockets)

    async def _prepare(self, before_shutdown: BeforeShutdown) -> None:
        async with asyncio.TaskGroup() as tasks:

            async def step() -> None:
                await before_shutdown(self.lifespan.state)

            running = tasks.create_task(step())
            while not running.done():
                await asyncio.wait([running], timeout=PATIENCE_SECONDS)
                if self.force_exit:
                    running.cancel()
