"""Reads what an endpoint says when it refuses, in whichever of many shapes it says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.ai.provider.chunks import parse
from services.ai.provider.context_limits import is_too_long, limit_named
from services.ai.provider.errors import EndpointError
from services.ai.provider.fields import NO_MEMBERS, Members, items, members
from services.ai.provider.masking import Mask
from services.ai.provider.vocabulary import BY_CODE, class_of_status, says_no_model, says_quota
from services.ai.provider.waiting_times import waiting_time
from services.ai.provider.words import (
    LONGEST_TEXT,
    body_as_text,
    is_page,
    message_of,
    page_text,
)
from services.shared.messages import ErrorClass

_LEAVES_TEXT_ALONE: Final = frozenset({401, 402, 403, 429})
_NOT_FOUND: Final = 404
_MEANS_MODEL: Final = frozenset({400, 404, 422})
_MEANS_QUOTA: Final = frozenset({400, 402, 403, 429})
_FILTERED: Final = re.compile(r"content (?:management|filter)|flagged|moderation", re.IGNORECASE)
_STATUS: Final = re.compile("[45][0-9]{2}")
TRANSIENT: Final = frozenset({408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
# Web says so of itself: any other program's 404 is not final for its pages.
_OWN_HEADER: Final = "natter-refusal"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal, taken apart; `said` and `shown` may hold anything, the key included.

    What it is judged by is `said`; `shown` is what a reader may be told of, once it is masked.
    """

    status: int
    said: str = field(repr=False)
    shown: str = field(default="", repr=False)
    is_page: bool = False
    is_marked: bool = False
    """It is JSON with a member `error`."""
    codes: frozenset[str] = frozenset()
    param: str | None = field(default=None, repr=False)
    error: Members = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_transient(self) -> bool:
        """Asking again may help."""
        lasts = self.headers.get("x-should-retry") == "false"
        return self.status in TRANSIENT and not lasts and self.error_class not in _FINAL

    @property
    def error_class(self) -> ErrorClass:
        """What a reader is told."""
        if _OWN_HEADER in self.headers:
            return "own_address"
        for code in sorted(self.codes & BY_CODE.keys()):
            return BY_CODE[code]
        return self._by_words() or self._by_status()

    def as_error(self, kind: str, mask: Mask) -> EndpointError:
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
            status=self.status or None,
            said=mask.words(self.shown),
        )

    def _by_words(self) -> ErrorClass | None:
        if _FILTERED.search(self.said) and self.status in {400, 403}:
            return "content_filter"
        if self.status in _MEANS_QUOTA and says_quota(self.said):
            return "quota"
        if self.status not in _LEAVES_TEXT_ALONE and is_too_long(self.said):
            return "context_length"
        if self.status == _NOT_FOUND and self.param == "model":
            return "model_missing"
        if self.status in _MEANS_MODEL and says_no_model(self.said):
            return "model_missing"
        return None

    def _by_status(self) -> ErrorClass:
        if self.is_page and not self.status:
            return "not_found"
        return class_of_status(self.status)


_FINAL: Final = frozenset({"context_length", "content_filter", "auth", "model_missing", "quota"})


def read_refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """Take apart the body of an answer that is none; names in `headers` are in lower case."""
    try:
        value = parse(body)
    except (ValueError, RecursionError):
        text = body.decode(errors="replace").strip()
        if is_page(text):
            # Its words are a proxy's, about anything: the class is not to be read from them.
            return Refusal(status, "", page_text(text), is_page=True, headers=headers)
        return Refusal(status, text[:LONGEST_TEXT], text[:LONGEST_TEXT], headers=headers)
    return refusal_of(value, status, headers)


def refusal_of(value: object, status: int = 0, headers: Mapping[str, str] = {}) -> Refusal:
    """Take apart an error that is JSON: OpenAI's, a flat one, a string, FastAPI's, a list of one.

    Without a status, as within a stream, a code that is one counts as that.
    """
    listed = items(value)
    outer = members(listed[0] if listed else value)
    inner = outer.get("error")
    error = members(inner) if isinstance(inner, dict) else outer
    said = value if isinstance(value, str) else inner
    said = (said if isinstance(said, str) else message_of(error))[:LONGEST_TEXT]
    codes = [error.get("code"), error.get("type"), error.get("status")]
    codes.append(members(error.get("innererror")).get("code"))
    param = error.get("param")
    return Refusal(
        status or next((code for code in map(_status, codes) if code), 0),
        said,
        said or body_as_text(value),
        is_marked=bool(inner),
        codes=frozenset(code.lower() for code in codes if isinstance(code, str)),
        param=param if isinstance(param, str) else None,
        error=error or NO_MEMBERS,
        headers=headers,
    )


def no_stream(body: bytes, mask: Mask) -> EndpointError:
    """Judge what came with status 200 in an answer's place: a web page, an error, anything."""
    refusal = read_refusal(0, {}, body)
    error = refusal.as_error("NoStream", mask)
    if refusal.is_page or refusal.is_marked or refusal.status:
        return error
    return EndpointError("bad_response", diagnosis="NoStream", said=error.said)


def _status(code: object) -> int | None:
    if isinstance(code, str):
        return int(code) if _STATUS.fullmatch(code) else None
    return code if isinstance(code, int) and _STATUS.fullmatch(str(code)) else None
