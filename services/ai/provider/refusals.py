"""Reads what an endpoint says when it refuses, in whichever of many shapes it says it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.ai.provider.chunks import parse
from services.ai.provider.context_limits import CODES, is_too_long, limit_named
from services.ai.provider.errors import EndpointError
from services.ai.provider.fields import NO_MEMBERS, Members, items, members
from services.ai.provider.waiting_times import waiting_time
from services.shared.messages import ErrorClass

LONGEST_TEXT: Final = 8192

_BY_CODE: Final[dict[str, ErrorClass]] = {
    **dict.fromkeys(CODES, "context_length"),
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "data_inspection_failed": "content_filter",
    "responsibleaipolicyviolation": "content_filter",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "insufficient_quota": "rate_limit",
    "overloaded_error": "rate_limit",
    "resource_exhausted": "rate_limit",
    "model_not_found": "model_missing",
    "deploymentnotfound": "model_missing",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    "permission_error": "auth",
}
_BY_STATUS: Final[dict[int, ErrorClass]] = {
    401: "auth",
    402: "rate_limit",
    403: "auth",
    404: "model_missing",
    408: "timeout",
    413: "context_length",
    429: "rate_limit",
    502: "unreachable",
    503: "unreachable",
    504: "timeout",
    524: "timeout",
    529: "rate_limit",
}
_LEAVES_TEXT_ALONE: Final = frozenset({401, 402, 403, 429})
_FILTERED: Final = re.compile(r"content (?:management|filter)|flagged|moderation", re.IGNORECASE)
_NO_MODEL: Final = re.compile(
    r"(?:invalid|unknown|no such) model\b"
    r"|\bmodel\b.{0,200}?(?:not found|not exist|not a valid model|not available)",
    re.IGNORECASE | re.DOTALL,
)
_STATUS: Final = re.compile("[45][0-9]{2}")
TRANSIENT: Final = frozenset({408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_LASTING: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal, taken apart; `said` may hold anything, and is for looking at only."""

    status: int
    said: str = field(repr=False)
    codes: frozenset[str] = frozenset()
    param: str | None = field(default=None, repr=False)
    error: Members = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_transient(self) -> bool:
        """Asking again may help."""
        lasts = bool(self.codes & _LASTING) or self.headers.get("x-should-retry") == "false"
        return self.status in TRANSIENT and not lasts and self.error_class not in _FINAL

    @property
    def error_class(self) -> ErrorClass:
        """What a reader is told."""
        for code in sorted(self.codes & _BY_CODE.keys()):
            return _BY_CODE[code]
        if _FILTERED.search(self.said) and self.status in {400, 403}:
            return "content_filter"
        if self.status not in _LEAVES_TEXT_ALONE and is_too_long(self.said):
            return "context_length"
        if self.status in {400, 422} and _NO_MODEL.search(self.said):
            return "model_missing"
        return _BY_STATUS.get(self.status, "bad_response")

    def as_error(self, kind: str) -> EndpointError:
        """Return what is to be raised; `kind` is the sort of fault, for the log."""
        error_class = self.error_class
        limit = limit_named(self.said, self.error) if error_class == "context_length" else None
        wait = waiting_time(self.headers, self.said, datetime.now(UTC))
        asks_to_wait = error_class == "rate_limit" or self.is_transient
        return EndpointError(
            error_class,
            retry_after=wait if asks_to_wait else None,
            context_tokens=limit,
            diagnosis=f"{kind} {self.status}" if self.status else kind,
        )


_FINAL: Final = frozenset({"context_length", "content_filter", "auth", "model_missing"})


def read_refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """Take apart the body of an answer that is none; names in `headers` are in lower case."""
    try:
        value = parse(body)
    except (ValueError, RecursionError):
        page = body.decode(errors="replace").strip()
        said = "" if page.startswith("<") else page[:LONGEST_TEXT]
        return Refusal(status, said, headers=headers)
    return refusal_of(value, status, headers)


def refusal_of(value: object, status: int = 0, headers: Mapping[str, str] = {}) -> Refusal:
    """Take apart an error that is JSON: OpenAI's, a flat one, a string, FastAPI's, a list of one.

    Without a status, as within a stream, a code that is one counts as that.
    """
    listed = items(value)
    outer = members(listed[0] if listed else value)
    inner = outer.get("error")
    error = members(inner) if isinstance(inner, dict) else outer
    said = inner if isinstance(inner, str) else _said(error)
    codes = [error.get("code"), error.get("type"), error.get("status")]
    codes.append(members(error.get("innererror")).get("code"))
    param = error.get("param")
    return Refusal(
        status or next((code for code in map(_status, codes) if code), 0),
        (value if isinstance(value, str) else said)[:LONGEST_TEXT],
        frozenset(code.lower() for code in codes if isinstance(code, str)),
        param if isinstance(param, str) else None,
        error or NO_MEMBERS,
        headers,
    )


def _said(error: Members) -> str:
    """Join the message, and what a router passes on from the endpoint behind it."""
    detail = error.get("detail")
    passed_on = members(error.get("metadata")).get("raw")
    said = (error.get("message"), passed_on, _as_text(detail))
    return " ".join(text for text in said if isinstance(text, str))


def _as_text(detail: object) -> str | None:
    if isinstance(detail, str) or detail is None:
        return detail
    return json.dumps(detail, default=str)


def _status(code: object) -> int | None:
    if isinstance(code, str):
        return int(code) if _STATUS.fullmatch(code) else None
    return code if isinstance(code, int) and _STATUS.fullmatch(str(code)) else None
