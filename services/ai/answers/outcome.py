"""How a request for an answer ended."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from services.ai.provider.errors import EndpointError
from services.ai.provider.stream.pieces import TOOL_REASONS
from services.shared.bus.answer_errors import EndpointDetails, ErrorClass

_UNFINISHED: Final[frozenset[ErrorClass]] = frozenset({"cut_off", "timeout"})


@dataclass(slots=True)
class Outcome:
    """How one request ended, and what the endpoint reported; counts are in tokens."""

    finish_reason: str | None = None
    is_whole: bool = False
    """The endpoint has marked the end, with or without a reason."""
    error: ErrorClass | None = None
    details: EndpointDetails | None = None
    retry_at: datetime | None = None
    context_tokens: int | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    chunks: int = 0
    """Pieces that have come, of any kind."""
    received: bool = False
    """Some text or reasoning has come."""
    first_token_seconds: float | None = None
    """How long that took, including waits before another try."""
    stopped: bool = False
    refused_continuation: bool = False
    """The endpoint does not continue the begun text when asked in this way."""
    tools: dict[str, None] = field(default_factory=dict)
    """Names of the tools that the model asked for, in order."""

    def fail(self, error: EndpointError) -> None:
        """Note an error of the endpoint."""
        # A connection that is lost within an answer had reached its endpoint.
        lost = error.error_class == "unreachable" and self.received
        self.error = "cut_off" if lost else error.error_class
        self.context_tokens = error.context_tokens
        if error.retry_after is not None:
            self.retry_at = datetime.now(UTC) + timedelta(seconds=error.retry_after)

    def conclude(self, *, has_text: bool = True) -> None:
        """Judge the end: a stream without an end mark was cut off, any other was not."""
        has_ended = self.finish_reason is not None or self.is_whole
        if has_ended and self.error in _UNFINISHED:
            self.error = None
        if self.stopped:
            self.error = None
        elif self.finish_reason == "content_filter":
            self.error = "content_filter"
        elif self.error is None and not has_ended:
            self.error = "cut_off"
        elif self.error is None and not has_text and self._asks_for_tool:
            self.error = "tool_asked"

    @property
    def _asks_for_tool(self) -> bool:
        return bool(self.tools) or self.finish_reason in TOOL_REASONS
