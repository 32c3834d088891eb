"""The context of a trace, in the headers of requests and messages.

Reference: W3C Trace Context. An invalid context is ignored, and so is one that is longer than any
in use: headers are untrusted.
"""

import logging
from collections.abc import Iterable, Mapping
from random import getrandbits
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    TraceFlags,
    format_trace_id,
    get_current_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
# Version 00 has 55 characters; a later one may have more (section 4.3, "Versioning").
LONGEST_TRACEPARENT: Final = 128
# The length that every service has to pass on (section 3.3.1.5, "Combined Header Value").
LONGEST_TRACESTATE: Final = 512

_PROPAGATOR: Final = TraceContextTextMapPropagator()
# It warns about every invalid header and quotes it, so any client could fill the log.
logging.getLogger("opentelemetry.trace").setLevel(logging.ERROR)


def message_context(headers: Mapping[str, str] | None) -> Context:
    """Read the context from a message's headers, or from a row; empty if there is none."""
    if not headers or len(parent := headers.get(TRACEPARENT, "")) > LONGEST_TRACEPARENT:
        return Context()
    carrier = {TRACEPARENT: parent}
    if len(state := headers.get(TRACESTATE, "")) <= LONGEST_TRACESTATE:
        carrier[TRACESTATE] = state
    return _PROPAGATOR.extract(carrier, Context())


def request_context(headers: Iterable[tuple[bytes, bytes]]) -> Context:
    """Read the context from a request's headers (ASGI, "HTTP Connection Scope").

    Two `traceparent` headers count as none (section 3.2, "Traceparent Header").
    """
    found = [(name, value) for name, value in headers if name.startswith(b"trace")]
    parents = [value for name, value in found if name == TRACEPARENT.encode()]
    if len(parents) != 1:
        return Context()
    state = b",".join(value for name, value in found if name == TRACESTATE.encode())
    return message_context(
        {TRACEPARENT: parents[0].decode("latin-1"), TRACESTATE: state.decode("latin-1")}
    )


def trace_headers() -> dict[str, str]:
    """Return the current context as headers; empty outside of a trace."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def trace_id() -> str | None:
    """Return the current trace's id, in 32 hexadecimal digits; None outside of any."""
    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None


def new_trace() -> Span:
    """Begin a trace without spans: only its id is logged and passed on."""
    begun = SpanContext(_random_id(128), _random_id(64), is_remote=False, trace_flags=TraceFlags(0))
    return NonRecordingSpan(begun)


def _random_id(bits: int) -> int:
    return getrandbits(bits) or 1  # all zeros would be none
