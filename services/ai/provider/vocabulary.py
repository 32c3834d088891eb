"""Recognises a missing model and a spent account, in the words of many servers."""

import re
from typing import Final

QUOTA_CODES: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "exceeded_current_quota_error",
        "arrearage",
    }
)

_NO_MODEL: Final = re.compile(
    r"(?:invalid|unknown|no such) model\b"
    # OpenAI, vLLM, Ollama, LM Studio, LiteLLM, Groq, xAI, Gemini, Together, DeepSeek, llama-swap.
    r"|\bmodels?\b.{0,200}?(?:not found|not exist|not a valid|not available|not loaded"
    r"|not deployed)"
    r"|not a valid model|unable to access model|could not find .{0,60}?model"
    # OpenRouter, for a model that nobody offers.
    r"|no endpoints found for"
    # Anthropic: "model: claude-x".
    r"|^model: \S+$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTA: Final = re.compile(
    # Anthropic, DeepSeek, OpenRouter, xAI.
    r"credit balance is too low|insufficient (?:balance|credits?|funds)|out of credits?"
    r"|more credits|spending limit|no credits? left|payment required",
    re.IGNORECASE,
)


def says_no_model(said: str) -> bool:
    """Tell whether a refusal says that there is no model of the name that was asked for."""
    return bool(_NO_MODEL.search(said))


def says_quota(said: str) -> bool:
    """Tell whether a refusal says that the account has nothing left: no waiting helps there."""
    return bool(_QUOTA.search(said))
