"""A WebSocket that listens to a group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import TOO_MANY_FRAMES, TOO_SLOW, CloseReason
from services.realtime.listeners.socket_log import EndedSocket
from services.realtime.metrics import ResumeSource
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.resume import Missed
from services.realtime.rooms.room import NOTHING_DELIVERED, Room
from services.realtime.websocket.frames import binary_frame
from services.realtime.websocket.held_socket import HeldSocket, Phase

# Clients only send pongs: more frames than this between two heartbeats are abuse.
MAX_FRAMES: Final = 100


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """The limit and the callbacks that all sockets of a gateway share."""

    max_unsent_bytes: int
    on_slow: Callable[[], None]
    on_pong: Callable[[bytes], None]
    on_closed: Callable[["GroupSocket", int], None]


class GroupSocket(HeldSocket):
    """One socket of one group. A gateway holds tens of thousands, so each has few attributes."""

    __slots__ = (
        "_allowed",
        "_delivered",
        "_frames_received",
        "_opened_at",
        "_options",
        "_source",
        "_trace_id",
        "admission",
        "answered",
        "expires_at",
        "expiry_reason",
        "room",
    )

    def __init__(
        self,
        options: SocketOptions,
        admission: Admission,
        room: Room,
        expires_at: float,
        expiry_reason: CloseReason,
    ) -> None:
        super().__init__()
        self._options = options
        self._allowed = options.max_unsent_bytes
        self._frames_received = 0
        self.admission = admission
        self.room = room
        self.answered = True
        """Whether a pong has come since the last ping."""
        self.expires_at = expires_at
        """When it is closed, on the event loop's clock."""
        self.expiry_reason = expiry_reason
        self._opened_at = 0.0
        self._source: ResumeSource = "live"
        self._trace_id: str | None = None
        self._delivered = NOTHING_DELIVERED
        """The room's count at the beginning; this socket's own count once it has left the room."""

    @property
    def is_closing(self) -> bool:
        """Whether it takes no more."""
        return self._phase is not Phase.OPEN

    def opened(self, opened_at: float, missed: Missed, trace_id: str | None) -> None:
        """Note what its log line needs; missed publications count as delivered."""
        self._opened_at = opened_at
        self._source = missed.source
        self._trace_id = trace_id
        count, size = self.room.delivered
        sizes = [len(publication.frame) for publication in missed.publications]
        self._delivered = (count - len(sizes), size - sum(sizes)) if sizes else self.room.delivered

    def leave_room(self) -> None:
        """Listen no more, and count what was delivered."""
        if self in self.room.listeners:
            (count, size), (count_before, size_before) = self.room.delivered, self._delivered
            self._delivered = (count - count_before, size - size_before)
            self.room.leave(self)

    def ended(self, now: float, code: int) -> EndedSocket:
        """Return its line for the log, once it has left its room; `code` is the close code."""
        frames, size = self._delivered
        return EndedSocket(
            group=self.admission.group,
            user=self.admission.user,
            transport="websocket",
            seconds=now - self._opened_at,
            frames=frames,
            size=size,
            source=self._source,
            code=code,
            trace_id=self._trace_id,
        )

    def deliver_missed(self, publications: list[Publication]) -> None:
        """Send missed publications; a client that takes a while to read them is not slow.

        The frames are not joined: clients that reconnect together share the same bytes.
        """
        frames = [publication.frame for publication in publications]
        self._allowed += sum(map(len, frames))
        self._transport.writelines(frames)

    def deliver(self, _publications: list[Publication], frames: bytes) -> None:
        """Send `frames`; close a client for which too much waits already as slow."""
        if self._transport.get_write_buffer_size() > self._allowed:
            self._end_slow()
        elif self._phase is Phase.OPEN:  # as `send` does, without a call for each delivery
            self._transport.write(frames)

    def end(self, close_reason: CloseReason) -> None:
        """Leave the room and close."""
        self.leave_room()
        self.close(close_reason.code, close_reason.reason)

    def send_heartbeat(self, ping: bytes) -> None:
        """Send a ping and the present position, and begin to wait for the pong.

        Each heartbeat halves the extra allowance for unsent missed publications.
        """
        self._allowed = max(self._allowed // 2, self._options.max_unsent_bytes)
        if self.unsent > self._allowed:
            self._end_slow()
            return
        self.answered = False
        self._frames_received = 0
        self.send(ping + binary_frame(str(self.room.position()).encode()))

    @override
    def frames_received(self, count: int) -> None:
        self._frames_received += count
        if self._frames_received > MAX_FRAMES:
            self.end(TOO_MANY_FRAMES)
            self._transport.pause_reading()  # reading on would cost time for each frame

    @override
    def pong_received(self, payload: bytes) -> None:
        if not self.answered:
            self.answered = True
            self._options.on_pong(payload)

    @override
    def closed(self, code: int) -> None:
        self._options.on_closed(self, code)

    def _end_slow(self) -> None:
        self._options.on_slow()
        self.end(TOO_SLOW)
