"""Ends a process that one computation has held for too long; whoever runs it starts it again."""

import asyncio
import faulthandler
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

STALL_SECONDS: Final = 10.0
BEATS: Final = 10
STANDARD_ERROR: Final = 2


class Watched:
    """An ASGI application whose process ends where one turn of its event loop does not.

    A computation that holds the interpreter (one regular expression is enough) lets no thread run,
    nor a handler of SIGTERM. So the kernel counts the process's CPU time (setitimer, ITIMER_PROF),
    and the loop sets the count back as long as it turns. After `cpu_seconds` within one turn,
    `faulthandler` writes where each thread stands to standard error, without any data, and SIGPROF
    ends the process. It is CPU time because that does not pass while a process is stopped or its
    machine sleeps, and passes slowly on a machine that is overloaded: none of these is a stall.
    """

    def __init__(self, app: ASGIApp, *, cpu_seconds: float = STALL_SECONDS) -> None:
        self._app = app
        self._cpu_seconds = cpu_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        with watching(self._cpu_seconds):
            await self._app(scope, receive, send)


@contextmanager
def watching(cpu_seconds: float) -> Iterator[None]:
    """End the process where a turn of the running loop takes so long, while the body runs."""
    loop = asyncio.get_running_loop()
    beat: asyncio.Handle

    def set_back() -> None:
        nonlocal beat
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        beat = loop.call_later(cpu_seconds / BEATS, set_back)

    # It passes the signal on to what that does otherwise, which is to end the process.
    faulthandler.register(signal.SIGPROF, file=STANDARD_ERROR, chain=True)
    beat = loop.call_soon(set_back)
    try:
        yield
    finally:
        beat.cancel()
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.unregister(signal.SIGPROF)
