"""What a room delivers to its listeners, and when it has their pages load again."""

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


@by_clock
async def test_pages_load_again_where_a_comparison_finds_that_numbers_have_left_the_stream() -> (
    None
):
    room, listener = room_of(41), Recorder()
    room.attach(listener)
    room.compare(head=41, first=1, last=45, cause="head")
    room.compare(head=0, first=46, last=50, cause="head")
    # Nothing between what was known and the first number can have been missed.
    assert (listener.told, room.known) == ([], 50)
    room.compare(head=0, first=52, last=60, cause="head")
    assert (listener.told, room.known) == ([60], 60)


@by_clock
async def test_a_listener_is_given_nothing_that_was_taken_before_it_came() -> None:
    room, listener = room_of(41), Recorder()
    room.take(42, element("before").encode())
    room.attach(listener)
    room.take(43, element("after").encode())
    room.flush()
    assert listener.told == [43]
