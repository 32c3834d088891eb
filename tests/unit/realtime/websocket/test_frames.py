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


def test_a_payload_of_any_size_is_read_back_and_its_length_is_as_short_as_can_be() -> None:
    for size, header in ((0, 2), (1, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)):
        payload = b"x" * size
        frames = text_frame(payload), binary_frame(payload)
        assert server_frames(b"".join(frames)) == [(1, payload), (2, payload)], size
        assert {len(frame) - size for frame in frames} == {header}, size


def test_a_close_frame_has_a_code_and_a_reason_or_neither() -> None:
    frames = close_frame() + close_frame(4008, "too slow — come back")
    assert server_frames(frames) == [(8, b""), (8, b"\x0f\xa8" + "too slow — come back".encode())]


def test_control_frames_of_more_than_125_bytes_are_not_made() -> None:
    assert server_frames(ping_frame() + pong_frame(bytes(125))) == [(9, b""), (10, bytes(125))]
    assert len(close_frame(1000, "x" * 123)) == 127
    for make in (ping_frame, pong_frame):
        with pytest.raises(ValueError, match="125 bytes"):
            make(bytes(126))
    with pytest.raises(ValueError, match="125 bytes"):
        close_frame(1000, "ä" * 62)
