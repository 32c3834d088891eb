"""Event streams as a browser's parser reads them, and the order of their events."""

import asyncio
from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from services.realtime.close_codes import REVOKED, ROTATED, TOO_SLOW
from services.realtime.listeners.event_stream import RETRY, EventStream, beat, event
from services.realtime.listeners.joining import NOTHING_MISSED, Joined
from services.realtime.rooms.publication import stamp
from services.realtime.rooms.room import Room
from services.shared.bus.position import Cursor
from tests.support.clock_loop import clock_loop
from tests.support.group_sockets import ADMISSION, EPOCH, room_of
from tests.support.sockets import element
from tests.unit.realtime.by_clock import by_clock

BEAT_SECONDS = 20.0


@dataclass(frozen=True)
class Dispatched:
    """An event as a page gets it."""

    kind: str
    data: str
    last_id: str


def never() -> None:
    raise AssertionError("a connection was cut off")


def listening(room: Room, limit: int) -> EventStream:
    return EventStream(Joined(ADMISSION, room, NOTHING_MISSED), limit, never)


def browser(stream: bytes) -> list[Dispatched]:
    """Interpret an event stream (HTML, 9.2.6, "Interpreting an event stream")."""
    text = stream.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    dispatched: list[Dispatched] = []
    data, kind, last_id = "", "", ""
    for line in text.split("\n")[:-1]:  # what is not ended by a line's end is thrown away
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if data:
                dispatched.append(Dispatched(kind or "message", data.removesuffix("\n"), last_id))
            data, kind = "", ""
        elif name == "data":
            data += value + "\n"
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return dispatched


def normalised(html: str) -> str:
    return html.replace("\r\n", "\n").replace("\r", "\n")


def read_back(html: str, sequence: int = 7) -> str:
    publication = stamp(EPOCH, sequence, html.encode())
    (read,) = browser(event(publication))
    assert (read.kind, read.last_id) == ("message", f"{EPOCH}.{sequence}")
    mark = f'<turbo-stream data-cursor="{EPOCH}.{sequence}"'
    assert read.data.startswith(mark)
    return "<turbo-stream" + read.data.removeprefix(mark)


def test_a_page_gets_the_html_with_its_lines_ended_as_html_ends_them() -> None:
    for inside in (
        "one line",
        "\n\nbegins and ends empty\n\n",
        "\r\nCRLF\r\n",
        "\n\r\r\n mixed \r\r\n\n",
        " data: not a field",
        "id: 0f3a99c1.999\n\nevent: beat\nretry: 1",
        ":comment",
        "\x00 \u2028 \x85 \x0b \x0c \ufeff",
    ):
        for end in ("", "\n", "\r", "\r\n", "\n\n", " \n ", "\r\r"):
            html = element(inside) + end
            assert read_back(html) == normalised(html), html


@given(st.text(alphabet="ab\r\n: \x00é", max_size=50), st.integers(0, 10**18))
@example("\r", 0)
def test_whatever_the_html_the_page_gets_that(inside: str, sequence: int) -> None:
    html = f"<turbo-stream>{inside}"
    assert read_back(html, sequence) == normalised(html)


def test_events_one_after_the_other_stay_apart() -> None:
    made = [stamp(EPOCH, number, element(f"{number}\n\n").encode()) for number in range(3)]
    read = browser(b"".join(map(event, made)))
    assert [each.last_id for each in read] == [f"{EPOCH}.{number}" for number in range(3)]


def test_a_beat_is_no_message_but_its_position_is_remembered() -> None:
    read = browser(RETRY + beat(Cursor(EPOCH, 9)))
    assert read == [Dispatched("beat", f"{EPOCH}.9", f"{EPOCH}.9")]


def deliver(listener: EventStream, *numbers: int, length: int = 1) -> None:
    for number in numbers:
        listener.deliver([stamp(EPOCH, number, element("x" * length).encode())], b"")


async def sent(listener: EventStream, seconds: float) -> bytes:
    """Read what is sent within so many seconds, or until the end."""
    read: list[bytes] = []

    async def follow() -> None:
        async for piece in listener.events(BEAT_SECONDS):
            read.append(piece)  # noqa: PERF401 - what came before the time is up is wanted

    reading = asyncio.get_running_loop().create_task(follow())
    await asyncio.wait([reading], timeout=seconds)
    reading.cancel()
    await asyncio.wait([reading])
    return b"".join(read)


def ids(stream: bytes, kind: str = "message") -> list[str]:
    return [each.last_id.partition(".")[2] for each in browser(stream) if each.kind == kind]


@by_clock
async def test_where_nothing_is_published_there_are_beats() -> None:
    listener = listening(room_of(41), 1000)
    stream = await sent(listener, 3.5 * BEAT_SECONDS)
    assert stream.startswith(RETRY)
    assert ids(stream, "beat") == ["41"] * 3


@by_clock
async def test_a_beat_follows_all_publications_up_to_its_position() -> None:
    """A client that reconnects from a position is not sent what lies before it."""
    room = room_of(41)
    listener = listening(room, 10_000)
    room.attach(listener)
    clock_loop().call_at(BEAT_SECONDS, room.take, 42, element("just now").encode())
    stream = await sent(listener, BEAT_SECONDS + 1)
    assert [(each.kind, each.last_id) for each in browser(stream)] == [
        ("message", f"{EPOCH}.42"),
        ("beat", f"{EPOCH}.42"),
    ]


@by_clock
async def test_no_beat_follows_a_publication_that_was_too_much() -> None:
    room = room_of(41)
    listener = listening(room, 100)
    room.attach(listener)

    def publish() -> None:
        room.take(42, element("x" * 1000).encode())
        room.flush()
        room.take(43, element("too much").encode())

    clock_loop().call_at(BEAT_SECONDS, publish)
    stream = await sent(listener, BEAT_SECONDS + 1)
    assert listener.close_reason is TOO_SLOW
    assert [each.last_id for each in browser(stream)] == [f"{EPOCH}.42"]


@by_clock
async def test_an_ended_stream_sends_what_waits_and_takes_nothing_more() -> None:
    room = room_of(41)
    listener = listening(room, 10_000)
    room.attach(listener)
    deliver(listener, 42, 43)
    listener.end(REVOKED)
    listener.end(ROTATED)
    room.take(44, element("secret").encode())
    stream = await sent(listener, 1000)
    assert clock_loop().now < BEAT_SECONDS
    assert ids(stream) == ["42", "43"]
    assert listener.close_reason is REVOKED
    assert room.listeners == set()


@by_clock
async def test_a_slow_client_is_ended_with_a_bounded_number_of_bytes_waiting() -> None:
    listener = listening(room_of(), 10_000)
    deliver(listener, *range(1, 100), length=1000)
    assert listener.close_reason is TOO_SLOW
    stream = await sent(listener, 1000)
    assert len(stream) < 12_000
    assert ids(stream) == [str(number) for number in range(1, len(ids(stream)) + 1)]


@by_clock
async def test_what_was_never_sent_is_not_counted_as_sent() -> None:
    listener = listening(room_of(), 10_000)
    deliver(listener, 1, 2)
    events = listener.events(BEAT_SECONDS)
    assert await anext(events) == RETRY
    given = len(await anext(events))
    deliver(listener, 3, 4, 5)
    assert (listener.ended().frames, listener.ended().size) == (2, given)


@by_clock
async def test_many_short_lines_count_with_all_that_is_written_for_them() -> None:
    listener = listening(room_of(), 10_000)
    for number in range(1, 50):
        listener.deliver([stamp(EPOCH, number, element("\n" * 1000).encode())], b"")
    assert len(await sent(listener, 1000)) < 20_000
