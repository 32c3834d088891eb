"""One timer for all sockets: pings, missing pongs, and the end of a socket's time.

Beside the ping goes a binary frame. Browsers answer pings without telling the page; a page that is
sent binary frames knows that its link is alive, and Turbo takes no notice of them. The frame holds
the position, for a page whose group is silent would be left with one that the stream has forgotten.
"""

import asyncio
import math
import random
import struct
from collections import deque
from typing import Final

from services.realtime.close_codes import NO_PONG, ROTATED, TOKEN_EXPIRED, Ending
from services.realtime.holding.listener import GroupSocket
from services.realtime.metrics import GatewayMetrics
from services.realtime.websocket.frames import ping_frame

# So short that a visit to the sockets of one spoke delays nobody by a millisecond.
TICK_SECONDS: Final = 0.05
# A process that was stopped itself knows nothing of who is silent.
LATE_SHARE: Final = 0.1
EARLIEST_ROTATION: Final = 0.8


class Heartbeat:
    """A wheel: each tick visits the sockets of one spoke, a whole turn takes `ping_seconds`."""

    def __init__(self, metrics: GatewayMetrics, ping_seconds: float, rotate_seconds: float) -> None:
        self._metrics = metrics
        self._ping_seconds = ping_seconds
        self._rotate_seconds = rotate_seconds
        self._clock = asyncio.get_running_loop().time
        spokes = max(round(ping_seconds / TICK_SECONDS), 1)
        self._tick_seconds = ping_seconds / spokes
        self._spokes: deque[list[GroupSocket]] = deque([] for _ in range(spokes))
        self._newest = 0
        self.now = self._clock()
        """When the last tick was: sockets that come between two share it, and its memory."""

    def lifetime(self, token_seconds: float) -> tuple[float, Ending]:
        """Choose when a connection that opens now is sent away (on the loop's clock), and why.

        Between 80 and 100 % of the longest time, so that those who came together do not return
        together, and not after its token has expired.
        """
        rotation = self._rotate_seconds * random.uniform(EARLIEST_ROTATION, 1)  # noqa: S311 - a spread
        if token_seconds < rotation:
            return self._clock() + token_seconds, TOKEN_EXPIRED
        return self._clock() + rotation, ROTATED

    def add(self, socket: GroupSocket) -> None:
        """Visit `socket` once in every turn from now on."""
        self._see_to_end(socket, self._clock())
        self._newest = (self._newest + 1) % len(self._spokes)
        self._spokes[self._newest].append(socket)

    async def run(self) -> None:
        """Tick until cancelled."""
        due = self._clock()
        while True:
            due += self._tick_seconds
            await asyncio.sleep(max(due - self._clock(), 0))
            late = self._clock() - due
            self._metrics.event_loop_lag_seconds.observe(max(late, 0))
            self._visit(judge=late < self._ping_seconds * LATE_SHARE)
            self.now = self._clock()
            due = max(due, self.now - self._tick_seconds)

    def on_pong(self, payload: bytes) -> None:
        """Learn how long a ping took, there and back."""
        if len(payload) == struct.calcsize("!d"):
            (sent,) = struct.unpack("!d", payload)
            if 0 <= (took := self._clock() - sent) <= self._ping_seconds * 2:
                self._metrics.ping_rtt_seconds.observe(took)

    def _visit(self, *, judge: bool) -> None:
        now = self._clock()
        ping = ping_frame(struct.pack("!d", now))
        sockets = self._spokes[0]
        self._spokes[0] = [s for s in sockets if self._keeps(s, ping, now, judge=judge)]
        self._spokes.rotate(-1)

    def _keeps(self, socket: GroupSocket, ping: bytes, now: float, *, judge: bool) -> bool:
        if socket.is_closing:
            return False
        if judge and not socket.answered:
            socket.end(NO_PONG)
            return False
        self._see_to_end(socket, now)
        socket.beat(ping)
        return True

    def _see_to_end(self, socket: GroupSocket, now: float) -> None:
        """Set a timer of its own where `socket` may end before it is visited again."""
        if socket.ends_at < now + self._ping_seconds:
            seconds, socket.ends_at = max(socket.ends_at - now, 0), math.inf
            asyncio.get_running_loop().call_later(seconds, socket.end, socket.farewell)
