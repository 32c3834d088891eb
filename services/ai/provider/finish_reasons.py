"""Why an answer has ended, in OpenAI's words."""

from typing import Final

from services.ai.provider.fields import name
from services.ai.provider.tool_calls import TOOL_REASONS

OTHER: Final = "other"
"""In place of a word that is not known: it may say anything, the key included."""

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
