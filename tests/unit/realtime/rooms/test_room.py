"""What a room tells whom, where gateways are not equally far."""

from dataclasses import dataclass, field

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import CloseReason
from services.realtime.rooms.publication import Publication
from tests.support.clock_loop import run_by_clock
from tests.support.group_sockets import ADMISSION, room_of
from tests.support.sockets import element


@dataclass(eq=False)
class Ear:
    """Takes down which publications it is told."""

    told: list[int] = field(default_factory=list)
    admission: Admission = ADMISSION

    def deliver(self, publications: list[Publication], _frames: bytes) -> None:
        self.told += [publication.sequence for publication in publications]

    def end(self, _ending: CloseReason) -> None:
        """Never."""


def test_who_is_ahead_is_not_told_again_what_a_comparison_finds_on_its_way() -> None:
    async def check() -> None:
        room, ahead, other = room_of(41), Ear(), Ear()
        room.attach(other)
        room.attach(ahead, since=42)
        room.take(42, element("another gateway has told it").encode())
        room.compare(head=42, first=1, last=42, cause="head")
        room.take(43, element("new").encode())
        room.flush()
        assert (ahead.told, other.told) == ([43], [42, 43])

    run_by_clock(check())
