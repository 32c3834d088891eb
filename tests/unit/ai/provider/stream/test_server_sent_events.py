"""Server-sent events are read however they are cut, and their length is bounded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.stream.server_sent_events import (
    LONGEST_EVENT,
    EventParser,
    EventTooLongError,
    ServerSentEvent,
)

PARTS = [
    b"data: x",
    b"data:y",
    b"data",
    b"event: error",
    b"error: z",
    b": c",
    b"id: 1",
    b"\xc3",
    b"\xa9",
]
ENDS = [b"\n", b"\r", b"\r\n", b""]


def events(parts: list[bytes]) -> list[ServerSentEvent]:
    """Return all events of a stream that comes in these parts."""
    parser = EventParser()
    return [event for part in parts for event in parser.feed(part)] + parser.finish()


@given(
    st.lists(st.one_of(st.sampled_from(PARTS), st.sampled_from(ENDS)), max_size=30).map(b"".join),
    st.data(),
)
def test_cuts_make_no_difference(whole: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=8).map(sorted))
    parts = [whole[begin:end] for begin, end in pairwise([0, *cuts, len(whole)])]
    assert events(parts) == events([whole]) == events([bytes([byte]) for byte in whole])


def test_events_are_read_as_the_standard_says() -> None:
    cases = {
        b"data: a\n\ndata: b\n\n": [ServerSentEvent(b"a"), ServerSentEvent(b"b")],
        b"data: a\r\n\r\ndata: b\r\r": [ServerSentEvent(b"a"), ServerSentEvent(b"b")],
        b"\xef\xbb\xbfdata: a\n\n": [ServerSentEvent(b"a")],
        b"data: a\ndata:\ndata\ndata:  b\n\n": [ServerSentEvent(b"a\n\n\n b")],
        b": comment\n\nid: 1\nretry: 3\nother: x\nnonsense\n\n": [],
        b"event: error\ndata: a\n\ndata: b\n\n": [
            ServerSentEvent(b"a", is_error=True),
            ServerSentEvent(b"b"),
        ],
        b"event: error\n\ndata: b\n\n": [ServerSentEvent(b"b")],
        b'error: {"code":500}\n\n': [ServerSentEvent(b'{"code":500}', is_error=True)],
        b"data: a": [ServerSentEvent(b"a")],
        b"data: a\n": [ServerSentEvent(b"a")],
        b"": [],
    }
    assert {stream: events([stream]) for stream in cases} == cases


def test_a_line_or_an_event_without_end_is_refused() -> None:
    piece = b"x" * 1000
    for head, more in ((b"data: ", piece), (b"", b"data: " + piece + b"\n"), (b"", piece)):
        parts = [head, *[more] * (LONGEST_EVENT // len(piece) + 2)]
        with pytest.raises(EventTooLongError):
            events(parts)


def test_a_long_line_in_small_parts_comes_whole() -> None:
    text = b"x" * (LONGEST_EVENT - 100)
    line = b"data: " + text + b"\n\n"
    assert events([line[n : n + 1000] for n in range(0, len(line), 1000)]) == [
        ServerSentEvent(text)
    ]
