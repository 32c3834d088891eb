"""Ends a process whose event loop is blocked for too long, so that it is restarted."""

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
    """An ASGI application whose process ends when a turn of its event loop does not end.

    A computation that holds the interpreter (one regular expression is enough) lets no thread run,
    nor a handler of SIGTERM. So the kernel counts the process's CPU time (setitimer, ITIMER_PROF),
    and the loop resets the count as long as it turns. After `cpu_seconds` within one turn,
    `faulthandler` writes every thread's stack to standard error, without any data, and SIGPROF ends
    the process. CPU time does not pass while a process is stopped or its machine sleeps, and passes
    slowly on an overloaded machine: none of these is a stall.
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
    """While the body runs, end the process if a turn of the running loop takes this long."""
    loop = asyncio.get_running_loop()
    beat: asyncio.Handle

    def reset() -> None:
        nonlocal beat
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        beat = loop.call_later(cpu_seconds / BEATS, reset)

    # `chain` then runs the signal's default action, which is to end the process.
    faulthandler.register(signal.SIGPROF, file=STANDARD_ERROR, chain=True)
    beat = loop.call_soon(reset)
    try:
        yield
    finally:
        beat.cancel()
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.unregister(signal.SIGPROF)
