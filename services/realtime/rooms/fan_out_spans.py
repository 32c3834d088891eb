"""Tracing spans of publications, from the bus to the sockets: one each, however many listen."""

from typing import Final

from services.realtime.nats_reading.feed import Republished
from services.realtime.nats_reading.headers import text_in
from services.realtime.rooms.publication import Publication
from services.shared.bus.subjects import Group
from services.shared.process.tracing.context import TRACEPARENT, TRACESTATE, message_context
from services.shared.process.tracing.spans import (
    Attributes,
    Span,
    SpanKind,
    begin_span,
    set_attributes,
)

HEADERS: Final = {name: b"\r\n%b: " % name.encode() for name in (TRACEPARENT, TRACESTATE)}


class FanOutSpans:
    """The open spans, by the number of their publication. Made only where tracing is on."""

    def __init__(self) -> None:
        self._open: dict[int, Span] = {}

    def begin(self, group: Group, message: Republished) -> None:
        """Begin the span of a message, in the trace that its headers name."""
        found = {name: text_in(message.headers, written) for name, written in HEADERS.items()}
        context = message_context({name: value for name, value in found.items() if value})
        attributes: Attributes = {"natter.group": group, "natter.sequence": message.sequence}
        self._open[message.sequence] = begin_span(
            "fan out", SpanKind.CONSUMER, attributes, context=context
        )

    def end(self, publications: list[Publication], sockets: int) -> None:
        """End the spans of publications that have been written to so many sockets."""
        for publication in publications:
            span = self._open.pop(publication.sequence, None)
            if span is not None:
                size = len(publication.frame)
                set_attributes({"natter.sockets": sockets, "natter.bytes": size * sockets}, span)
                span.end()
