"""A uvicorn server that shuts down in order: signals, a step before the shutdown, the end."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from services.shared.process.logging import get_logger

type BeforeShutdown = Callable[[dict[str, Any]], Awaitable[None]]
"""Called with the lifespan's state, while the service still takes connections."""

POLL_SECONDS: Final = 0.02

log = get_logger("shared.service")


class GracefulServer:
    """A uvicorn server with a step before its shutdown; it can be stopped while it still starts.

    It also ends when the application's lifespan ends by itself: the application has lost what it
    needs, and the process has to be restarted. To see that, it wraps the application.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        before_shutdown: BeforeShutdown | None = None,
        *,
        signals: Sequence[signal.Signals] = (),
    ) -> None:
        self._app = cast(ASGIApp, config.app)
        config.app = self
        self.server = uvicorn.Server(config)
        self.signal: signal.Signals | None = None
        """The signal that ended it."""
        self.is_broken = False
        self._before_shutdown = before_shutdown
        self._signals = signals
        self._state: dict[str, Any] = {}
        self._stopped = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._run_lifespan(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def run(self, listener: socket.socket | None = None) -> None:
        """Serve until `stop`, on `listener` if one is given."""
        sockets = None if listener is None else [listener]
        self._running = asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._ending = tasks.create_task(self._end())
                announcing = tasks.create_task(self._announce())
                await self.server.serve(sockets)
                announcing.cancel()
                self._ending.cancel()
        except asyncio.CancelledError:
            if self.signal is None:
                raise

    def stop(self) -> None:
        """Take the step before the shutdown, then shut down."""
        self._stopped.set()

    async def _run_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._state = scope["state"]
        # uvicorn has set its own handlers by now; these take their place.
        for number in self._signals:
            asyncio.get_running_loop().add_signal_handler(number, self._handle_signal, number)
        try:
            await self._app(scope, receive, send)
        finally:
            if not self.server.should_exit:
                self.is_broken = self.server.should_exit = True

    async def _announce(self) -> None:
        """Log the address once it listens: with port 0 the system chooses the port."""
        while not self.server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(POLL_SECONDS)
        for server in self.server.servers:
            for listener in server.sockets:
                host, port, *_ = listener.getsockname()
                log.info("listening", host=host, port=port)

    def _handle_signal(self, number: signal.Signals) -> None:
        is_second = self._stopped.is_set() and number in (signal.SIGINT, self.signal)
        self.signal = self.signal or number
        self.stop()
        if self._running is not None and not self.server.started:
            self._running.cancel()  # the lifespan may still be waiting for another service
        elif self._ending is not None and is_second:
            self._ending.cancel()
            self.server.should_exit = True
            # A second Ctrl+C comes from a person, who does not wait for open requests either.
            self.server.force_exit |= number == signal.SIGINT

    async def _end(self) -> None:
        await self._stopped.wait()
        try:
            if self._before_shutdown is not None:
                await self._before_shutdown(self._state)
        except Exception:
            log.exception("the step before the shutdown failed")
        self.server.should_exit = True
