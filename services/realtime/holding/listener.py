"""A WebSocket that listens to a group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import TOO_MUCH_SAID, TOO_SLOW, Ending
from services.realtime.metrics import ResumeSource
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.resume import Missed
from services.realtime.rooms.room import NOTHING_TOLD, Room, Told
from services.realtime.websocket.frames import binary_frame
from services.realtime.websocket.held import HeldSocket, Phase

# Clients have nothing to say but a pong; so many frames between two heartbeats are no accident.
MOST_SAID: Final = 100


@dataclass(frozen=True, slots=True)
class Seating:
    """What all sockets of a gateway share."""

    max_unsent_bytes: int
    on_slow: Callable[[], None]
    on_pong: Callable[[bytes], None]
    on_closed: Callable[["GroupSocket", int], None]


class GroupSocket(HeldSocket):
    """One socket of one group; tens of thousands of them are held, so it carries little."""

    __slots__ = (
        "_allowed",
        "_said",
        "_seating",
        "_told",
        "admission",
        "answered",
        "ends_at",
        "farewell",
        "opened_at",
        "room",
        "source",
        "trace_id",
    )

    def __init__(
        self, seating: Seating, admission: Admission, room: Room, ends_at: float, farewell: Ending
    ) -> None:
        super().__init__()
        self._seating = seating
        self._allowed = seating.max_unsent_bytes
        self._said = 0
        self.admission = admission
        self.room = room
        self.answered = True
        """Whether a pong has come since the last ping."""
        self.ends_at = ends_at
        """When it is sent away, on the event loop's clock; `farewell` is what it is told then."""
        self.farewell = farewell
        self.opened_at = 0.0
        self.source: ResumeSource = "live"
        self.trace_id: str | None = None
        self._told = NOTHING_TOLD
        """What the room had told when this came in; what this was sent, once it has left."""

    @property
    def is_closing(self) -> bool:
        """Whether it takes no more."""
        return self._phase is not Phase.OPEN

    def begin(self, opened_at: float, missed: Missed, trace_id: str | None) -> None:
        """Note how it came, for the line that is written of it at its end."""
        self.opened_at = opened_at
        self.source = missed.source
        self.trace_id = trace_id
        frames, size = self.room.told
        more = [len(publication.frame) for publication in missed.publications]
        self._told = (frames - len(more), size - sum(more)) if more else self.room.told

    def leave(self) -> Told:
        """Listen no more; return what was sent to it as long as it did."""
        if self in self.room.listeners:
            (frames, size), (frames_before, size_before) = self.room.told, self._told
            self._told = (frames - frames_before, size - size_before)
            self.room.leave(self)
        return self._told

    def give_missed(self, publications: list[Publication]) -> None:
        """Send what was missed; to take some time over that makes nobody slow.

        Not joined: whoever comes back with this one waits for the same bytes, and not for a copy.
        """
        frames = [publication.frame for publication in publications]
        self._allowed += sum(map(len, frames))
        self._transport.writelines(frames)

    def tell(self, _publications: list[Publication], frames: bytes) -> None:
        """Send, unless too much waits already: then end, to come back for what it missed."""
        if self._transport.get_write_buffer_size() > self._allowed:
            self._end_slow()
        elif self._phase is Phase.OPEN:  # as `send` does, which would cost each delivery a call
            self._transport.write(frames)

    def end(self, ending: Ending) -> None:
        """Close, and tell the client why."""
        self.leave()
        self.close(ending.code, ending.reason)

    def beat(self, ping: bytes) -> None:
        """Send a heartbeat, with the present position, and begin to wait for its pong.

        What may still wait of what was missed is half as much with each.
        """
        self._allowed = max(self._allowed // 2, self._seating.max_unsent_bytes)
        if self.unsent > self._allowed:
            self._end_slow()
            return
        self.answered = False
        self._said = 0
        self.send(ping + binary_frame(str(self.room.position()).encode()))

    @override
    def frames_received(self, count: int) -> None:
        self._said += count
        if self._said > MOST_SAID:
            self.end(TOO_MUCH_SAID)
            self._transport.pause_reading()  # it would go on, and every frame costs

    @override
    def pong_received(self, payload: bytes) -> None:
        if not self.answered:
            self.answered = True
            self._seating.on_pong(payload)

    @override
    def closed(self, code: int) -> None:
        self._seating.on_closed(self, code)

    def _end_slow(self) -> None:
        self._seating.on_slow()
        self.end(TOO_SLOW)
