"""The bodies of OpenAI's chat completion answers, streamed and whole."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]

Usage = dict[str, int]

DONE = b"data: [DONE]\n\n"


def encode(body: object) -> bytes:
    """Write `body` as compact JSON."""
    return json.dumps(body, separators=(",", ":")).encode()


def event(data: bytes) -> bytes:
    """Frame `data`, which must be one line, as a server-sent event."""
    return b"data: " + data + b"\n\n"


def usage_figures(prompt: int, completion: int) -> Usage:
    """Return OpenAI's `usage` object for these numbers of tokens."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def tool_call(name: str) -> dict[str, object]:
    """Return a call of the tool `name`, as a delta holds it."""
    function = {"name": name, "arguments": "{}"}
    return {"index": 0, "id": f"call_{name}", "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Completion:
    """The identity that the answer, or every chunk of it, carries."""

    model: str
    reports_usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(
        self, text: str, reason: FinishReason | None, usage: Usage, reasoning: str = ""
    ) -> bytes:
        """Return the body of an answer that is not streamed."""
        thoughts = {"reasoning_content": reasoning} if reasoning else {}
        message = {"role": "assistant", "content": text, "refusal": None, **thoughts}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return encode({**self._head("chat.completion"), "choices": [choice], "usage": usage})

    def delta(self, delta: Mapping[str, object], reason: FinishReason | None = None) -> bytes:
        """Return the event that adds `delta` to the message, or ends it with `reason`."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._chunk([choice])

    def around(self, field: str) -> tuple[bytes, bytes]:
        """Return what comes before and after the JSON of a text in an event that adds it.

        Nothing else differs between an answer's tokens, and encoding it for each takes time.
        """
        before, _, after = self.delta({field: ""}).partition(encode(""))
        return before, after

    def usage(self, usage: Usage) -> bytes:
        """Return the event with the usage, which follows the last delta; empty if not asked for."""
        return self._chunk([], usage) if self.reports_usage else b""

    def _chunk(self, choices: list[dict[str, object]], usage: Usage | None = None) -> bytes:
        # Where usage is asked for, OpenAI's other chunks carry it too, as null.
        extra = {"usage": usage} if self.reports_usage else {}
        return event(encode({**self._head("chat.completion.chunk"), "choices": choices, **extra}))

    def _head(self, kind: str) -> dict[str, object]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}
