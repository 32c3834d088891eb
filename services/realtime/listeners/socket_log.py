"""One log line for each socket and event stream, written once it has ended.

Stripe calls these "canonical log lines". Ten thousand sockets can end in one iteration of the event
loop, and a line takes longer than the rest of an end. So a few are written in each iteration, and
those beyond `MAX_WAITING` are only counted.
"""

import asyncio
from collections import deque
from typing import Final, NamedTuple

from services.realtime.close_codes import reason_of
from services.realtime.metrics import ResumeSource, Transport
from services.shared.bus.subjects import Group
from services.shared.process.logging import get_logger

LINES_AT_ONCE: Final = 20
MAX_WAITING: Final = 20_000

log = get_logger("realtime.sockets")


class EndedSocket(NamedTuple):
    """What the log says of a socket."""

    group: Group
    user: str
    transport: Transport
    seconds: float
    frames: int
    """Publications that were sent."""
    size: int
    """Their bytes as they were sent."""
    source: ResumeSource
    """Where it was served from when it began."""
    code: int
    trace_id: str | None
    """None where the request named no trace and tracing is off."""


class SocketLog:
    """The lines that wait to be written."""

    def __init__(self) -> None:
        self._waiting: deque[EndedSocket] = deque()
        self._left_out = 0
        self._has_some = asyncio.Event()

    def add(self, ended: EndedSocket) -> None:
        """Queue the line of a socket."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(ended)
        else:
            self._left_out += 1
        self._has_some.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            while self._waiting:
                self._write(LINES_AT_ONCE)
                await asyncio.sleep(0)
            self._log_left_out()

    def write_rest(self) -> None:
        """Write all that wait, at the end of the process."""
        self._write(len(self._waiting))
        self._log_left_out()

    def _write(self, limit: int) -> None:
        for _ in range(min(limit, len(self._waiting))):
            _write(self._waiting.popleft())

    def _log_left_out(self) -> None:
        left_out, self._left_out = self._left_out, 0
        if left_out:
            log.warning("socket_lines_left_out", lines=left_out)


def _write(ended: EndedSocket) -> None:
    log.info(
        "socket_ended",
        group=ended.group,
        user=ended.user,
        transport=ended.transport,
        duration_s=round(ended.seconds, 1),
        frames=ended.frames,
        bytes=ended.size,
        resumed_from=ended.source,
        code=ended.code,
        reason=reason_of(ended.code),
        trace_id=ended.trace_id,
    )
