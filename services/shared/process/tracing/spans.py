"""Spans: what is done within a trace, and for how long.

They hold what the caller says of them and nothing else. The text of an exception may be a person's
message, a statement's values or a key, so only its class is told.
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
"""What is told of a span; None is left out."""

ERROR_TYPE: Final = "error.type"


@dataclass(slots=True)
class _Making:
    """By what this process makes its spans."""

    tracer: Tracer


_NOBODY: Final = NoOpTracer()
_making: Final = _Making(_NOBODY)


def make_spans(tracer: Tracer | None) -> None:
    """Make spans by `tracer` from now on; by nobody where it is None."""
    _making.tracer = _NOBODY if tracer is None else tracer


def are_made() -> bool:
    """Tell whether this process makes spans."""
    return _making.tracer is not _NOBODY


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    *,
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """Do the body in a span below `context`, or below the current one; without any, in a new trace.

    The trace goes on also where nobody makes spans.
    """
    begun = begin_span(name, kind, attributes, context=context, links=links)
    with use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield begun
        except Exception as error:
            fail(type(error).__name__, begun)
            raise


def begin_span(
    name: str,
    kind: SpanKind,
    attributes: Attributes | None = None,
    *,
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> Span:
    """Begin a span as `span` does; the caller ends it, and it is nobody's current one."""
    begun = _making.tracer.start_span(name, context, kind, _known(attributes), links)
    return begun if begun.get_span_context().is_valid else new_trace()


def note_span(name: str, attributes: Attributes, *, seconds: float, error: str | None) -> None:
    """Add a span of what has just been asked of another process, if the current one is recorded."""
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
        fail(error, noted)
    noted.end(ended)


def of_message(operation: Literal["send", "process"], subject: str, payload: bytes) -> Attributes:
    """Tell of a message on the bus (OpenTelemetry, "Semantic conventions for messaging spans")."""
    return {
        "messaging.system": "nats",
        "messaging.operation.type": operation,
        "messaging.destination.name": subject,
        "messaging.message.body.size": len(payload),
    }


def tell(attributes: Attributes, to: Span | None = None) -> None:
    """Add to what is told of a span, the current one if none is named."""
    told = get_current_span() if to is None else to
    if told.is_recording():
        told.set_attributes(_known(attributes))


def fail(error: str, to: Span | None = None) -> None:
    """Tell that what a span stands for went wrong, the current one if none is named.

    `error` is a class, and no text.
    """
    failed = get_current_span() if to is None else to
    if failed.is_recording():
        failed.set_status(StatusCode.ERROR, error)
        failed.set_attribute(ERROR_TYPE, error)


def note_event(name: str) -> None:
    """Tell that something has happened within the current span, now."""
    current = get_current_span()
    if current.is_recording():
        current.add_event(name)


def link_to_current() -> Sequence[Link]:
    """Return what leads from another trace to the current span."""
    context = get_current_span().get_span_context()
    return [Link(context)] if context.is_valid else []


def _known(attributes: Attributes | None) -> dict[str, str | int | float | bool | Sequence[str]]:
    return {name: value for name, value in (attributes or {}).items() if value is not None}
