"""Spans of publications, from the bus to the sockets: one each, however many listen."""

from typing import Final

from services.realtime.nats_reading.feed import Republished
from services.realtime.nats_reading.wire import text_in
from services.realtime.rooms.publication import Publication
from services.shared.bus.subjects import Group
from services.shared.process.tracing.context import TRACEPARENT, TRACESTATE, message_context
from services.shared.process.tracing.spans import Attributes, Span, SpanKind, begin_span, tell

HEADERS: Final = {name: b"\r\n%b: " % name.encode() for name in (TRACEPARENT, TRACESTATE)}


class FanOuts:
    """The publications that wait to be told, by their number in the stream.

    There is none of it where nobody makes spans: then no header is read.
    """

    def __init__(self) -> None:
        self._begun: dict[int, Span] = {}

    def begin(self, group: Group, message: Republished) -> None:
        """Go on with the trace that a message from the bus belongs to."""
        found = {name: text_in(message.headers, written) for name, written in HEADERS.items()}
        context = message_context({name: value for name, value in found.items() if value})
        told: Attributes = {"natter.group": group, "natter.sequence": message.sequence}
        self._begun[message.sequence] = begin_span(
            "fan out", SpanKind.CONSUMER, told, context=context
        )

    def end(self, told: list[Publication], sockets: int) -> None:
        """Say that these have been written to so many sockets."""
        for publication in told:
            begun = self._begun.pop(publication.sequence, None)
            if begun is not None:
                size = len(publication.frame)
                tell({"natter.sockets": sockets, "natter.bytes": size * sockets}, begun)
                begun.end()
