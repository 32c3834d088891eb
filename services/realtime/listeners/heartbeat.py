"""The heartbeat of all sockets: one timer that pings, finds missing pongs, and ends old sockets.

Each ping goes with a binary frame that holds the present position. Browsers answer pings without
telling the page; the binary frame tells it that the connection is alive, and Turbo ignores it. The
position keeps the page of a silent group from holding one that the stream no longer has.
"""

import asyncio
import math
import random
import struct
from collections import deque
from typing import Final

from services.realtime.close_codes import NO_PONG, ROTATED, TOKEN_EXPIRED, CloseReason
from services.realtime.listeners.group_socket import GroupSocket
from services.realtime.metrics import GatewayMetrics
from services.realtime.websocket.frames import ping_frame

# Short enough that the sockets of one slot delay nobody by a millisecond.
TICK_SECONDS: Final = 0.05
# A tick that is later than this share of a turn says that the process stood still: pongs may wait.
MAX_LATE_SHARE: Final = 0.1
EARLIEST_ROTATION: Final = 0.8


class Heartbeat:
    """A timing wheel: each tick serves the sockets of one slot, a turn takes `ping_seconds`."""

    def __init__(self, metrics: GatewayMetrics, ping_seconds: float, rotate_seconds: float) -> None:
        self._metrics = metrics
        self._ping_seconds = ping_seconds
        self._rotate_seconds = rotate_seconds
        self._clock = asyncio.get_running_loop().time
        slots = max(round(ping_seconds / TICK_SECONDS), 1)
        self._tick_seconds = ping_seconds / slots
        self._slots: deque[list[GroupSocket]] = deque([] for _ in range(slots))
        self._newest_slot = 0
        self.now = self._clock()
        """The time of the last tick. Sockets that open between two ticks share the object."""

    def lifetime(self, token_seconds: float) -> tuple[float, CloseReason]:
        """Choose when a connection that opens now is closed (on the loop's clock), and why.

        That is after 80 to 100 % of the rotation time, so that connections which opened together
        do not return together, or when the token expires, if that is earlier.
        """
        rotation = self._rotate_seconds * random.uniform(EARLIEST_ROTATION, 1)  # noqa: S311 - a spread
        if token_seconds < rotation:
            return self._clock() + token_seconds, TOKEN_EXPIRED
        return self._clock() + rotation, ROTATED

    def add(self, socket: GroupSocket) -> None:
        """Serve `socket` once in each turn from now on."""
        self._schedule_expiry(socket, self._clock())
        self._newest_slot = (self._newest_slot + 1) % len(self._slots)
        self._slots[self._newest_slot].append(socket)

    async def run(self) -> None:
        """Tick until cancelled."""
        due = self._clock()
        while True:
            due += self._tick_seconds
            await asyncio.sleep(max(due - self._clock(), 0))
            late = self._clock() - due
            self._metrics.event_loop_lag_seconds.observe(max(late, 0))
            self._serve_slot(expects_pongs=late < self._ping_seconds * MAX_LATE_SHARE)
            self.now = self._clock()
            due = max(due, self.now - self._tick_seconds)

    def on_pong(self, payload: bytes) -> None:
        """Measure the round trip of a ping; `payload` is the pong's."""
        if len(payload) == struct.calcsize("!d"):
            (sent,) = struct.unpack("!d", payload)
            if 0 <= (took := self._clock() - sent) <= self._ping_seconds * 2:
                self._metrics.ping_rtt_seconds.observe(took)

    def _serve_slot(self, *, expects_pongs: bool) -> None:
        now = self._clock()
        ping = ping_frame(struct.pack("!d", now))
        sockets = self._slots[0]
        self._slots[0] = [s for s in sockets if self._serve(s, ping, now, expects_pongs)]
        self._slots.rotate(-1)

    def _serve(self, socket: GroupSocket, ping: bytes, now: float, expects_pongs: bool) -> bool:
        """Ping `socket`, or close it for a missing pong; return whether it stays in its slot."""
        if socket.is_closing:
            return False
        if expects_pongs and not socket.answered:
            socket.end(NO_PONG)
            return False
        self._schedule_expiry(socket, now)
        socket.send_heartbeat(ping)
        return True

    def _schedule_expiry(self, socket: GroupSocket, now: float) -> None:
        """Set a timer where `socket` expires before it is served again."""
        if socket.expires_at < now + self._ping_seconds:
            seconds, socket.expires_at = max(socket.expires_at - now, 0), math.inf
            asyncio.get_running_loop().call_later(seconds, socket.end, socket.expiry_reason)
