"""The error classes of refusals: by the codes, the statuses and the words of many servers."""

import re
from typing import Final

from services.ai.provider.context_limits import CODES
from services.shared.messages import ErrorClass

_QUOTA_CODES: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "exceeded_current_quota_error",
        "arrearage",
    }
)

BY_CODE: Final[dict[str, ErrorClass]] = {
    **dict.fromkeys(CODES, "context_length"),
    **dict.fromkeys(_QUOTA_CODES, "quota"),
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "data_inspection_failed": "content_filter",
    "responsibleaipolicyviolation": "content_filter",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "overloaded_error": "rate_limit",
    "resource_exhausted": "rate_limit",
    "model_not_found": "model_missing",
    "model_not_available": "model_missing",
    "model_not_supported": "model_missing",
    "invalid_model": "model_missing",
    "deploymentnotfound": "model_missing",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    "permission_error": "auth",
}
_BY_STATUS: Final[dict[int, ErrorClass]] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "not_found",
    405: "not_found",
    408: "timeout",
    413: "context_length",
    429: "rate_limit",
    501: "not_found",
    502: "unreachable",
    503: "unavailable",
    504: "timeout",
    524: "timeout",
    529: "rate_limit",
}
_BY_HUNDRED: Final[dict[int, ErrorClass]] = {
    0: "endpoint_failed",
    3: "not_found",
    4: "refused",
    5: "endpoint_failed",
}
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


def class_of_status(status: int) -> ErrorClass:
    """Return the class of an HTTP status; 0 stands for an error that came without one."""
    return _BY_STATUS.get(status) or _BY_HUNDRED.get(status // 100, "bad_response")
