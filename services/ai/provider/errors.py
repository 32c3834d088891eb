"""Sorts what an endpoint does wrong into the few classes that a reader is told of."""

from typing import Final

import openai

from services.shared.messages import ErrorClass

BY_TYPE: Final[tuple[tuple[type[Exception], ErrorClass], ...]] = (
    (openai.RateLimitError, "rate_limit"),
    (openai.AuthenticationError, "auth"),
    (openai.PermissionDeniedError, "auth"),
    (openai.NotFoundError, "model_missing"),
    (openai.APITimeoutError, "timeout"),
    (openai.APIConnectionError, "unreachable"),
)
BY_CODE: Final[dict[str, ErrorClass]] = {
    "context_length_exceeded": "context_length",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "rate_limit_exceeded": "rate_limit",
    "insufficient_quota": "rate_limit",
    "model_not_found": "model_missing",
    "invalid_api_key": "auth",
}


class EndpointError(Exception):
    """An answer could not be had, or not to its end."""

    def __init__(self, error_class: ErrorClass) -> None:
        super().__init__(error_class)
        self.error_class: ErrorClass = error_class

    @property
    def diagnosis(self) -> str:
        """What the log may say of the cause: its type and HTTP status, never its message."""
        status = getattr(self.__cause__, "status_code", None)
        return " ".join(str(part) for part in (type(self.__cause__).__name__, status) if part)


def classify(error: Exception) -> ErrorClass:
    """Name the class of an error raised by the SDK; its message may hold anything and is left."""
    code = error.code if isinstance(error, openai.APIError) else None
    if code in BY_CODE:
        return BY_CODE[code]
    for error_type, error_class in BY_TYPE:
        if isinstance(error, error_type):
            return error_class
    return "bad_response"
