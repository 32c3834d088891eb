"""Reads what an endpoint says when it refuses, in whichever of many shapes it says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.ai.provider.bodies import LONGEST_REFUSAL
from services.ai.provider.chunks import parse
from services.ai.provider.context_limits import is_too_long, limit_named
from services.ai.provider.errors import EndpointError
from services.ai.provider.fields import NO_MEMBERS, Members, items, members
from services.ai.provider.masking import Mask
from services.ai.provider.vocabulary import BY_CODE, class_of_status, class_of_words
from services.ai.provider.waiting_times import waiting_time
from services.ai.provider.words import (
    LONGEST_TEXT,
    body_as_text,
    is_page,
    message_of,
    page_text,
)
from services.shared.bus.answer_errors import ErrorClass

_LEAVES_TEXT_ALONE: Final = frozenset({401, 402, 403, 429})
_NOT_FOUND: Final = 404
_STATUS: Final = re.compile("[45][0-9]{2}")
# OpenAI of a model that there is: "This is not a chat model", "only supported in v1/responses".
_WRONG_KIND: Final = re.compile(r"not a chat model|only supported in", re.IGNORECASE)
# A sentence in quotation marks behind a word, so no JSON: what a person wrote, perhaps.
_QUOTED: Final = re.compile(r"""(?<=\w )(?:"[^"\s]*\s[^"]*"|'[^'\s]*\s[^']*')""")
_MOST_CODE: Final = 1_000_000
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
    """It is JSON with a member `error`, or `errors`."""
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
        by_status = class_of_status(self.status, is_page=self.is_page, is_marked=self.is_marked)
        return self._by_words() or by_status

    def as_error(self, kind: str, mask: Mask) -> EndpointError:
        """Return what is to be raised; `kind` is the sort of fault, for the log."""
        error_class = self.error_class
        limit = (
            limit_named(self._own_words, self.error) if error_class == "context_length" else None
        )
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

    @property
    def _own_words(self) -> str:
        return _QUOTED.sub("", self.said)

    def _by_words(self) -> ErrorClass | None:
        said = self._own_words
        if self.status == _NOT_FOUND and self.param == "model":
            return "refused" if _WRONG_KIND.search(said) else "model_missing"
        if self.status not in _LEAVES_TEXT_ALONE and is_too_long(said):
            return "context_length"
        return class_of_words(self.status, said)


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

    Cloudflare's `errors` are such a list. Without a status, as within a stream, a code that is one
    counts as that.
    """
    listed = items(value)
    outer = members(listed[0] if listed else value)
    inner = outer.get("error") or next(iter(items(outer.get("errors"))), None)
    error = members(inner) if isinstance(inner, dict) else outer
    said = value if isinstance(value, str) else inner
    said = (said if isinstance(said, str) else message_of(error))[:LONGEST_TEXT]
    named = [error.get("code"), error.get("type"), error.get("status")]
    named.append(members(error.get("innererror")).get("code"))
    codes = [code for code in map(_code, named) if code]
    param = error.get("param")
    return Refusal(
        status or next((int(code) for code in codes if _STATUS.fullmatch(code)), 0),
        said,
        said or body_as_text(value),
        is_marked=bool(inner),
        codes=frozenset(codes),
        param=param if isinstance(param, str) else None,
        error=error or NO_MEMBERS,
        headers=headers,
    )


def misplaced(body: bytes, kind: str, mask: Mask) -> EndpointError:
    """Judge what came with status 200 in the place of an answer or a list: a web page, anything."""
    refusal = read_refusal(0, {}, body[:LONGEST_REFUSAL])
    error = refusal.as_error(kind, mask)
    if refusal.is_marked or refusal.status or error.error_class == "not_found":
        return error
    return EndpointError("bad_response", diagnosis=kind, said=error.said)


def _code(value: object) -> str:
    # A number may be too long to be written.
    is_number = isinstance(value, int) and 0 < value < _MOST_CODE
    return str(value).lower() if is_number or isinstance(value, str) else ""
