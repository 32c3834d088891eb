"""Why an answer has ended, in OpenAI's words."""

from typing import Final

from services.ai.provider.fields import name

FINISH_REASONS: Final[dict[str, str]] = {
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
}
"""OpenAI's word for those of others."""


def finish_reason(value: object) -> str | None:
    """Return OpenAI's word for a reason, or the reason itself where it has none."""
    reason = name(value)
    return FINISH_REASONS.get(reason.lower(), reason) if reason else None
