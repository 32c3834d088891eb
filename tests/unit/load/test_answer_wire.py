"""What the benchmark's endpoint reads and writes."""

import json

from tests.load.answers import wire

BODY = json.dumps({"messages": [{"role": "system", "content": "a"}, {"content": "b"}]}).encode()
ASKING = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


def events(written: bytes) -> list[str]:
    """Undo the chunks of HTTP and the framing of events."""
    lines = written.decode().split("\r\n")
    return [line.removeprefix("data: ").strip() for line in lines if line.startswith("data: ")]


def test_a_request_is_taken_once_it_is_whole() -> None:
    assert all(wire.take_request(ASKING[:end]) is None for end in range(len(ASKING)))
    taken = wire.take_request(ASKING + b"GET")
    assert taken is not None
    request, rest = taken
    assert (request.path, request.question, rest) == ("/v1/chat/completions", "b", b"GET")


def test_a_request_without_a_body_asks_for_a_list() -> None:
    taken = wire.take_request(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
    assert taken is not None
    assert taken[0] == wire.Request("/v1/models", None)


def test_the_list_has_the_one_model_and_nothing_else_is_found() -> None:
    head, _, body = wire.listing("/v1/models").partition(b"\r\n\r\n")
    assert json.loads(body)["data"][0]["id"] == wire.MODEL
    assert f"content-length: {len(body)}".encode() in head
    assert wire.listing("/props").startswith(b"HTTP/1.1 404 ")


def test_a_chunk_says_its_own_length() -> None:
    size, _, event = wire.content("ä\n").partition(b"\r\n")
    assert int(size, 16) == len(event) - len(b"\r\n")


def test_content_reason_usage_and_the_end_come_as_openai_sends_them() -> None:
    added = json.loads(events(wire.content(" word"))[0])
    assert added["choices"][0]["delta"] == {"content": " word"}
    reason, usage, mark = events(wire.ending(7))
    assert json.loads(reason)["choices"][0]["finish_reason"] == "stop"
    assert json.loads(usage)["usage"]["completion_tokens"] == 7
    assert mark == "[DONE]"
    assert wire.ending(7).endswith(wire.STREAM_END)
