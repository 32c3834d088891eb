"""Spans: the steps of a trace, and how long each took.

A span holds only the attributes that the caller gives. The text of an exception may contain a
person's message, a statement's values or a key, so only its class is recorded.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NoOpTracer,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    use_span,
)

from services.shared.process.tracing.context import new_trace

__all__ = ["Context", "Span", "SpanKind"]

type Value = str | int | float | bool | None
type Attributes = Mapping[str, Value | Sequence[str]]
"""The attributes of a span; those that are None are left out."""

ERROR_TYPE: Final = "error.type"


@dataclass(slots=True)
class _Making:
    """The tracer of this process."""

    tracer: Tracer


_NO_TRACER: Final = NoOpTracer()
_making: Final = _Making(_NO_TRACER)


def make_spans(tracer: Tracer | None) -> None:
    """Make spans with `tracer` from now on; None makes none."""
    _making.tracer = _NO_TRACER if tracer is None else tracer


def is_tracing() -> bool:
    """Return whether this process makes spans."""
    return _making.tracer is not _NO_TRACER


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    *,
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """Run the body in a span below `context`, or below the current span, or in a new trace.

    If this process makes no spans, the trace's context is still passed on.
    """
    begun = begin_span(name, kind, attributes, context=context, links=links)
    with use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield begun
        except Exception as error:
            mark_failed(type(error).__name__, begun)
            raise


def begin_span(
    name: str,
    kind: SpanKind,
    attributes: Attributes | None = None,
    *,
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> Span:
    """Begin a span like `span`, but do not make it current; the caller ends it."""
    begun = _making.tracer.start_span(name, context, kind, _known(attributes), links)
    return begun if begun.get_span_context().is_valid else new_trace()


def note_span(name: str, attributes: Attributes, *, seconds: float, error: str | None) -> None:
    """Add a span for a finished call to another process, if the current span is recorded."""
    if not get_current_span().is_recording():
        return
    ended = time.time_ns()
    noted = _making.tracer.start_span(
        name,
        kind=SpanKind.CLIENT,
        attributes=_known(attributes),
        start_time=ended - round(seconds * 1e9),
    )
    if error is not None:
        mark_failed(error, noted)
    noted.end(ended)


def message_attributes(
    operation: Literal["send", "process"], subject: str, payload: bytes
) -> Attributes:
    """Describe a message on the bus (OpenTelemetry, "Semantic conventions for messaging spans")."""
    return {
        "messaging.system": "nats",
        "messaging.operation.type": operation,
        "messaging.destination.name": subject,
        "messaging.message.body.size": len(payload),
    }


def set_attributes(attributes: Attributes, to: Span | None = None) -> None:
    """Add attributes to a span, by default the current one."""
    target = get_current_span() if to is None else to
    if target.is_recording():
        target.set_attributes(_known(attributes))


def mark_failed(error: str, to: Span | None = None) -> None:
    """Mark a span as failed, by default the current one.

    `error` is the name of a class, not a text.
    """
    failed = get_current_span() if to is None else to
    if failed.is_recording():
        failed.set_status(StatusCode.ERROR, error)
        failed.set_attribute(ERROR_TYPE, error)


def note_event(name: str) -> None:
    """Add an event to the current span, at the current time."""
    current = get_current_span()
    if current.is_recording():
        current.add_event(name)


def link_to_current() -> Sequence[Link]:
    """Return a link to the current span, for a span of another trace."""
    context = get_current_span().get_span_context()
    return [Link(context)] if context.is_valid else []


def _known(attributes: Attributes | None) -> dict[str, str | int | float | bool | Sequence[str]]:
    return {name: value for name, value in (attributes or {}).items() if value is not None}
