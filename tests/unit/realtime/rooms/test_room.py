"""What a room delivers to a listener that another gateway has served further."""

from dataclasses import dataclass, field

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import CloseReason
from services.realtime.rooms.publication import Publication
from tests.support.group_sockets import ADMISSION, room_of
from tests.support.sockets import element
from tests.unit.realtime.by_clock import by_clock


@dataclass(eq=False)
class Recorder:
    """Notes the numbers of the publications that it is given."""

    told: list[int] = field(default_factory=list)
    admission: Admission = ADMISSION

    def deliver(self, publications: list[Publication], _frames: bytes) -> None:
        self.told += [publication.sequence for publication in publications]

    def end(self, _ending: CloseReason) -> None:
        """Is not called."""


@by_clock
async def test_a_listener_ahead_is_not_given_again_what_a_comparison_finds() -> None:
    room, ahead, other = room_of(41), Recorder(), Recorder()
    room.attach(other)
    room.attach(ahead, since=42)
    room.take(42, element("another gateway has told it").encode())
    room.compare(head=42, first=1, last=42, cause="head")
    room.take(43, element("new").encode())
    room.flush()
    assert (ahead.told, other.told) == ([43], [42, 43])
