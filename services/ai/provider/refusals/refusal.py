"""A refusal of an endpoint, and what it means: its error class, whether asking again may help."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.ai.provider.errors import EndpointError
from services.ai.provider.json_fields import Members
from services.ai.provider.refusals.context_limits import is_too_long, limit_named
from services.ai.provider.refusals.error_classes import BY_CODE, class_of_status, class_of_words
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.retry_after import retry_after
from services.shared.bus.answer_errors import ErrorClass

_LEAVES_TEXT_ALONE: Final = frozenset({401, 402, 403, 429})
_NOT_FOUND: Final = 404
# OpenAI, of an existing model: "This is not a chat model", "only supported in v1/responses".
_WRONG_KIND: Final = re.compile(r"not a chat model|only supported in", re.IGNORECASE)
# A sentence in quotation marks behind a word, so no JSON: perhaps what a person wrote.
_QUOTED: Final = re.compile(r"""(?<=\w )(?:"[^"\s]*\s[^"]*"|'[^'\s]*\s[^']*')""")
TRANSIENT: Final = frozenset({408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
# Natter's web service sends it: then the address is Natter's own.
_OWN_HEADER: Final = "natter-refusal"
_FINAL: Final = frozenset({"context_length", "content_filter", "auth", "model_missing", "quota"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal, taken apart. It is judged by `said`; `shown` is for the reader, once masked.

    Both may hold anything, the key included.
    """

    status: int
    said: str = field(repr=False)
    shown: str = field(default="", repr=False)
    is_page: bool = False
    is_marked: bool = False
    """It is JSON with a member `error` or `errors`."""
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
        """The class of the error that a reader sees."""
        if _OWN_HEADER in self.headers:
            return "own_address"
        for code in sorted(self.codes & BY_CODE.keys()):
            return BY_CODE[code]
        by_status = class_of_status(self.status, is_page=self.is_page, is_marked=self.is_marked)
        return self._by_words() or by_status

    def as_error(self, kind: str, mask: Mask) -> EndpointError:
        """Return the error to raise; `kind` is the kind of fault, for the log."""
        error_class = self.error_class
        limit = (
            limit_named(self._own_words, self.error) if error_class == "context_length" else None
        )
        wait = retry_after(self.headers, self.said, datetime.now(UTC))
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
