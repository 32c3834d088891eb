"""Reads the chunks of a stream as what they are: JSON from a stranger."""

import re
from dataclasses import dataclass
from typing import Any, Final

from openai.types.chat import ChatCompletionChunk

LONGEST_NAME: Final = 200
LARGEST_COUNT: Final = 2**31 - 1

# Control characters that no text needs, and half pairs that no encoding takes.
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk of the stream adds; fields that it does not carry are empty."""

    text: str = ""
    model: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


def read_chunk(chunk: ChatCompletionChunk) -> Piece:
    """Take what can be used of a chunk; fields that are absent or of another type are empty.

    Raises LookupError or TypeError where its choices are no list: the SDK checks none of its types.
    """
    choices: Any = getattr(chunk, "choices", None)
    choice: Any = choices[0] if choices else None
    usage: Any = getattr(chunk, "usage", None)
    return Piece(
        text=_text(getattr(getattr(choice, "delta", None), "content", None)) or "",
        model=_name(getattr(chunk, "model", None)),
        finish_reason=_name(getattr(choice, "finish_reason", None)),
        prompt_tokens=_count(getattr(usage, "prompt_tokens", None)),
        completion_tokens=_count(getattr(usage, "completion_tokens", None)),
    )


def _text(value: object) -> str | None:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else None


def _name(value: object) -> str | None:
    name = _text(value)
    return name[:LONGEST_NAME] if name else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= LARGEST_COUNT else None
