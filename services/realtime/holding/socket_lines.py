"""The canonical line of each socket and event stream, once it has ended.

The practice and its name are Stripe's ("Canonical log lines"). Ten thousand can end in one turn of
the event loop, and a line takes longer than all else that an end does. So they are written a few a
turn, and more than `MOST_WAITING` are counted in place of written.
"""

import asyncio
from collections import deque
from typing import Final, NamedTuple

from services.realtime.close_codes import reason_of
from services.realtime.metrics import ResumeSource, Transport
from services.shared.bus.subjects import Group
from services.shared.process.logging import get_logger

LINES_A_TURN: Final = 20
MOST_WAITING: Final = 20_000

log = get_logger("realtime.sockets")


class Ended(NamedTuple):
    """What is known of a socket that has ended."""

    group: Group
    user: str
    transport: Transport
    seconds: float
    frames: int
    """Publications that were sent, and their bytes as they went out."""
    size: int
    source: ResumeSource
    """From where it was given what it had missed when it came."""
    code: int
    trace_id: str | None
    """None where it came without a trace and nobody made spans."""


class SocketLines:
    """Those that wait to be written."""

    def __init__(self) -> None:
        self._waiting: deque[Ended] = deque()
        self._left_out = 0
        self._some = asyncio.Event()

    def add(self, ended: Ended) -> None:
        """Have the line of a socket written soon."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(ended)
        else:
            self._left_out += 1
        self._some.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                self._write(LINES_A_TURN)
                await asyncio.sleep(0)
            self._tell_left_out()

    def write_rest(self) -> None:
        """Write all that wait: nobody is held up any more."""
        self._write(len(self._waiting))
        self._tell_left_out()

    def _write(self, most: int) -> None:
        for _ in range(min(most, len(self._waiting))):
            _write(self._waiting.popleft())

    def _tell_left_out(self) -> None:
        left_out, self._left_out = self._left_out, 0
        if left_out:
            log.warning("socket_lines_left_out", lines=left_out)


def _write(ended: Ended) -> None:
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
