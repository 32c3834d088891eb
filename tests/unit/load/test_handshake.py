"""The loader's side of the opening handshake."""

import pytest

from tests.load.loader.handshake import Offer, RefusedError, answer_end, request


def test_a_request_offers_the_protocol_the_token_and_the_cursor() -> None:
    offer = Offer(8001, "/ws/turbo_stream/bench_1/", token="abc", since="0f3a99c1.42", deflate=True)
    head = request(offer).decode()
    assert head.startswith("GET /ws/turbo_stream/bench_1/?since=0f3a99c1.42 HTTP/1.1\r\n")
    assert "Sec-WebSocket-Protocol: turbo-stream.v1, t.abc\r\n" in head
    assert "permessage-deflate" in head
    assert head.endswith("\r\n\r\n")


def test_a_request_without_a_token_offers_the_protocol_alone() -> None:
    head = request(Offer(8001, "/")).decode()
    assert "Sec-WebSocket-Protocol: turbo-stream.v1\r\n" in head
    assert "deflate" not in head


def test_frames_begin_behind_the_answer() -> None:
    answer = b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n"
    assert answer_end(answer + b"\x81\x00") == len(answer)


def test_an_answer_that_is_not_all_there_is_waited_for() -> None:
    assert answer_end(b"HTTP/1.1 101 Switching Protocols\r\n") is None


def test_any_other_answer_is_a_refusal_that_says_which() -> None:
    with pytest.raises(RefusedError, match="403 Forbidden"):
        answer_end(b"HTTP/1.1 403 Forbidden\r\n\r\n")
