"""Counting frames, however the bytes are cut."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from services.realtime.websocket import frames
from tests.load.loader.frames import pong, scan, text_frame

ANY_FRAMES = st.lists(
    st.tuples(
        st.sampled_from([frames.text_frame, frames.binary_frame, frames.ping_frame]),
        st.sampled_from([0, 1, 124, 125]),
    )
    | st.tuples(st.just(frames.text_frame), st.sampled_from([126, 127, 65535, 65536])),
    max_size=8,
)


def test_texts_are_found_where_they_are() -> None:
    data = text_frame(b"one") + frames.binary_frame(b"0") + text_frame(b"x" * 300)
    assert [data[start:end] for start, end in scan(data).texts] == [b"one", b"x" * 300]


def test_our_framing_is_the_gateways() -> None:
    for size in (0, 125, 126, 249, 65535):
        assert text_frame(b"x" * size) == frames.text_frame(b"x" * size)


@given(ANY_FRAMES, st.data())
def test_a_cut_anywhere_changes_nothing(
    drawn: list[tuple[Callable[[bytes], bytes], int]], cuts: st.DataObject
) -> None:
    whole = b"".join(make(b"x" * size) for make, size in drawn)
    cut = cuts.draw(st.integers(0, len(whole)))
    first = scan(whole[:cut])
    second = scan(whole[first.end :])
    assert first.end + second.end == len(whole)
    assert len(first.texts) + len(second.texts) == len(scan(whole).texts)
    assert first.pings + second.pings == scan(whole).pings


def test_a_close_frame_is_seen() -> None:
    assert scan(frames.close_frame(4000, "drain")).closed


def test_a_ping_is_answered_with_a_masked_pong_that_carries_the_same() -> None:
    assert pong(b"abc") == bytes((0x8A, 0x83, 0, 0, 0, 0)) + b"abc"
