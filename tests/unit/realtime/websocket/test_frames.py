"""The frames the server sends, byte for byte, and as another implementation reads them."""

import pytest

from services.realtime.websocket.frames import (
    binary_frame,
    close_frame,
    ping_frame,
    pong_frame,
    text_frame,
)
from tests.support.client_frames import server_frames


def test_the_examples_of_the_rfc_come_out_as_it_has_them() -> None:
    assert text_frame(b"Hello") == bytes.fromhex("8105 48656c6c6f")
    assert ping_frame(b"Hello") == bytes.fromhex("8905 48656c6c6f")
    assert binary_frame(bytes(256)) == bytes.fromhex("827e0100") + bytes(256)
    assert binary_frame(bytes(65536)) == bytes.fromhex("827f0000000000010000") + bytes(65536)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_payload_of_any_size_is_read_back(size: int) -> None:
    payload = b"x" * size
    assert server_frames(text_frame(payload) + binary_frame(payload)) == [
        (1, payload),
        (2, payload),
    ]


def test_a_length_takes_no_more_bytes_than_it_needs() -> None:
    assert [len(text_frame(bytes(size))) - size for size in (125, 126, 65_535, 65_536)] == [
        2,
        4,
        4,
        10,
    ]


def test_a_close_frame_has_a_code_and_a_reason_or_neither() -> None:
    frames = close_frame() + close_frame(4008, "too slow — come back")
    assert server_frames(frames) == [
        (8, b""),
        (8, b"\x0f\xa8" + "too slow — come back".encode()),
    ]


def test_control_frames_of_more_than_125_bytes_are_not_made() -> None:
    assert server_frames(ping_frame() + pong_frame(bytes(125))) == [(9, b""), (10, bytes(125))]
    assert len(close_frame(1000, "x" * 123)) == 127
    for make in (ping_frame, pong_frame):
        with pytest.raises(ValueError, match="125 bytes"):
            make(bytes(126))
    with pytest.raises(ValueError, match="125 bytes"):
        close_frame(1000, "ä" * 62)
