"""What an OpenAI-compatible endpoint and its client write to each other, as far as it is needed."""

import json
from dataclasses import dataclass
from typing import Any, Final

MODEL: Final = "bench"
_END: Final = b"\r\n\r\n"
_IDS: Final = {
    "id": "chatcmpl-0123456789abcdefghijklmnopqrstu",
    "object": "chat.completion.chunk",
    "created": 1_790_000_000,
    "model": MODEL,
    "system_fingerprint": "fp_0123456789",
}
STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
STREAM_END: Final = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `body` is JSON, or None where there was none."""

    path: str
    body: dict[str, Any] | None  # JSON, as it comes

    @property
    def question(self) -> str:
        """The last of the messages."""
        return str((self.body or {})["messages"][-1]["content"])


def take_request(data: bytes) -> tuple[Request, bytes] | None:
    """Return the request that `data` begins with and what follows it; None while it is not whole.

    Bodies have a `Content-Length`, as those of the openai SDK do.
    """
    head, found, rest = data.partition(_END)
    if not found:
        return None
    line, *fields = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (field.partition(": ") for field in fields)
    }
    length = int(headers.get("content-length", 0))
    if len(rest) < length:
        return None
    body = json.loads(rest[:length]) if length else None
    return Request(line.split(" ")[1], body), rest[length:]


def listing(path: str) -> bytes:
    """Answer a GET: there is a list of one model and nothing else."""
    if not path.endswith("/models"):
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    body = json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


def content(text: str) -> bytes:
    """Write a chunk of the stream that adds `text`."""
    return _event({"content": text}, None)


def ending(words: int) -> bytes:
    """Write what ends a stream: the reason, the usage and the end's mark."""
    usage = {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": words + 10}
    return (
        _event({}, "stop")
        + _framed(json.dumps({**_IDS, "choices": [], "usage": usage}))
        + _framed("[DONE]")
        + STREAM_END
    )


def _event(delta: dict[str, str], finish_reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return _framed(json.dumps({**_IDS, "choices": [choice]}))


def _framed(data: str) -> bytes:
    """Frame `data` as an event, and that as a chunk of HTTP."""
    event = b"data: %b\n\n" % data.encode()
    return b"%x\r\n%b\r\n" % (len(event), event)
