"""What a text or a chunk adds to an answer, and why an answer has ended."""

from typing import Final, NamedTuple

from services.ai.provider.json_fields import name
from services.ai.provider.stream.images import Image


class Share(NamedTuple):
    """A text divided into answer and reasoning."""

    text: str = ""
    reasoning: str = ""
    recast: bool = False
    """All text before this was reasoning: its opening tag is missing."""
    tool: str | None = None
    """The name of a tool that the text asks for."""


NO_SHARE: Final = Share()


class Piece(NamedTuple):
    """What one chunk of the stream adds; fields that it does not carry are empty."""

    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    recast: bool = False
    """The `text` of all pieces before was reasoning; the `reasoning` of this one ends it."""
    images: tuple[Image, ...] = ()
    """They stand behind the `text`."""
    is_last: bool = False
    """The endpoint has said that the answer is complete, perhaps without a reason."""
    tool: str | None = None
    """The name of a tool that the model asks for."""


NO_PIECE: Final = Piece()

TOOL_REASONS: Final = frozenset({"tool_calls", "function_call", "tool_use"})
"""Finish reasons of an answer that ends by asking for a tool."""
MOST_TOOLS: Final = 3
"""Tools that are named to a reader."""
OTHER: Final = "other"
"""In place of an unknown word: it may say anything, the key included."""
FINISH_REASONS: Final[dict[str, str]] = {
    **{reason: reason for reason in ("stop", "length", "content_filter", *TOOL_REASONS)},
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
}
"""OpenAI's word for its own, and for those of others."""


def finish_reason(value: object) -> str | None:
    """Return OpenAI's word for a reason, OTHER where it has none, None without a reason."""
    reason = name(value)
    return FINISH_REASONS.get(reason.lower(), OTHER) if reason else None
