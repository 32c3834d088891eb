"""The error classes of refusals, by the codes, the statuses and the words of many servers."""

import re
from collections.abc import Container
from typing import Final

from services.ai.provider.refusals.context_limits import CODES
from services.shared.bus.answer_errors import ErrorClass

_QUOTA_CODES: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "exceeded_current_quota_error",
        "arrearage",
        # LiteLLM, Zhipu.
        "budget_exceeded",
        "1113",
    }
)

BY_CODE: Final[dict[str, ErrorClass]] = {
    **dict.fromkeys(CODES, "context_length"),
    **dict.fromkeys(_QUOTA_CODES, "quota"),
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "data_inspection_failed": "content_filter",
    "moderation_blocked": "content_filter",
    "responsibleaipolicyviolation": "content_filter",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "overloaded_error": "rate_limit",
    "resource_exhausted": "rate_limit",
    "model_not_found": "model_missing",
    "model_not_available": "model_missing",
    "model_not_supported": "model_missing",
    "model_decommissioned": "model_missing",
    "invalid_model": "model_missing",
    # Zhipu.
    "1211": "model_missing",
    "deploymentnotfound": "model_missing",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    "permission_error": "auth",
    "expired_key": "auth",
}
_BY_STATUS: Final[dict[int, ErrorClass]] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "not_found",
    405: "not_found",
    # A proxy on the way asks for a password.
    407: "unreachable",
    408: "timeout",
    413: "context_length",
    429: "rate_limit",
    501: "not_found",
    502: "unreachable",
    503: "unavailable",
    504: "timeout",
    # Cloudflare: 520 to 530, where it has no answer of the server behind it.
    521: "unreachable",
    522: "unreachable",
    523: "unreachable",
    524: "timeout",
    525: "unreachable",
    526: "unreachable",
    529: "rate_limit",
    530: "unreachable",
}
# A web page is a proxy's or another program's: it knows no keys and no models.
_BY_PAGE: Final[dict[int, ErrorClass]] = {0: "not_found", 403: "refused", 413: "refused"}
# JSON with an error is the endpoint's own: there is one that was reached.
_BY_JSON: Final[dict[int, ErrorClass]] = {404: "refused", 502: "endpoint_failed"}
_BY_HUNDRED: Final[dict[int, ErrorClass]] = {
    0: "endpoint_failed",
    3: "not_found",
    4: "refused",
    5: "endpoint_failed",
}


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


_NO_ROUTE: Final = _words(
    # LM Studio, with status 200; OpenAI; Kong and Cloudflare; Ollama's greeting.
    r"^(?:unexpected endpoint|invalid url|unknown request url|no route|ollama is running)"
)
_NOTHING_THERE: Final = _words(
    r"^$|^(?:404:? )?not found\b|\b(?:urls?|uri|routes?|path|resource|file|page|method)\b"
    r"|(?:POST|GET) /|endpoint not found|unknown endpoint"
)
_NO_MODEL: Final = _words(
    r"(?:invalid|unknown|no such) model\b"
    # OpenAI, vLLM, Ollama, LM Studio, LiteLLM, Groq, xAI, Gemini, Together, DeepSeek, llama-swap:
    # no more than the name is between. tabbyAPI: "A model is not currently loaded."
    r"|\bmodels?\b[\s:=]{0,3}(?:\S{1,200}\s)?(?:(?:is|was|does|has|currently) ){0,3}"
    r"not (?:currently |been )?(?:found|exist|a valid|available|loaded|deployed)"
    r"|no models? (?:is |are )?loaded|model identifier is invalid"
    # Moonshot: "Not found the model x or Permission denied".
    r"|not found the model|not a valid model|unable to access model|could not find .{0,60}?model"
    # OpenRouter, for a model that nobody offers.
    r"|no endpoints found for"
    # Anthropic: "model: claude-x".
    r"|^model: \S+$"
)
_QUOTA: Final = _words(
    # Anthropic, DeepSeek, OpenRouter, xAI, Fireworks, LiteLLM.
    r"credit balance is too low|insufficient (?:balance|credits?|funds)|out of credits?"
    r"|more credits|spending limit|(?:no|any) credits|no credit left|payment required"
    r"|key limit exceeded|reached your specified .{0,20}usage limits|budget has been exceeded"
)
_NO_KEY: Final = _words(
    # xAI, Google, LiteLLM, Cloudflare.
    r"(?:incorrect|invalid|expired|missing) (?:or \w{1,20} )?(?:api[ _-]?key|authori[sz]ation)"
    r"|api[ _-]?key (?:is )?(?:not valid|invalid|expired)|authentication error|expired key"
)
_FILTERED: Final = _words(r"content (?:management|filter)|flagged|moderation")
# The first that fits counts. A status of 0 is an error's that came without one.
_BY_WORDS: Final[tuple[tuple[ErrorClass, Container[int], re.Pattern[str]], ...]] = (
    ("not_found", range(600), _NO_ROUTE),
    ("content_filter", {400, 403}, _FILTERED),
    ("quota", {0, 400, 402, 403, 412, 429}, _QUOTA),
    ("auth", {0, 400, 422}, _NO_KEY),
    ("model_missing", {0, 400, 404, 422}, _NO_MODEL),
    ("not_found", {404}, _NOTHING_THERE),
)


def class_of_words(status: int, said: str) -> ErrorClass | None:
    """Return the class that the words of a refusal imply, or None."""
    fits = (c for c, statuses, words in _BY_WORDS if status in statuses and words.search(said))
    return next(fits, None)


def class_of_status(status: int, *, is_page: bool, is_marked: bool) -> ErrorClass:
    """Return the class of an HTTP status; 0 stands for an error that came without one.

    The body was a web page, or it was JSON and `is_marked` as an error, or neither.
    """
    by_body = _BY_PAGE if is_page else _BY_JSON if is_marked else {}
    by_status = by_body.get(status) or _BY_STATUS.get(status)
    return by_status or _BY_HUNDRED.get(status // 100, "bad_response")
