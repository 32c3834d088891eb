"""Spans of publications whose publisher forged the headers of a trace."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.realtime.nats_reading.feed import Republished
from services.realtime.rooms.fan_out_spans import FanOutSpans
from services.realtime.rooms.publication import stamp
from services.shared.bus.subjects import check_group
from tests.support.group_sockets import EPOCH
from tests.support.spans import kept_spans

GROUP = check_group("chat_1")
TRACE = "0af7651916cd43dd8448eb211c80319c"
VALID = f"00-{TRACE}-b7ad6b7169203331-01".encode()
LINE = b"\r\ntraceparent: %b"
HOSTILE = {
    "none": b"",
    "bytes that are no text": LINE % b"\xff\xfe",
    "zeros": LINE % b"00-%b-%b-01" % (b"0" * 32, b"0" * 16),
    "forbidden version": LINE % (b"ff" + VALID[2:]),
    "huge": LINE % (VALID + b"-" + b"x" * 65536),
    "another name": b"\r\nX-traceparent: %b" % VALID,
    "a valid one that another follows": LINE % VALID + LINE % b"none",
}
STATES = {
    "huge": b"a=" + b"x" * 65536,
    "bytes that are no text": b"a=\xff",
    "a NUL": b"a=\x00",
    "an escape": b"a=\x1b[2J",
    "a bare line feed": b"a=1\nNats-Rollup: all",
    "many": b",".join(b"k%d=1" % number for number in range(5000)),
}


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    with kept_spans() as exporter:
        yield exporter


def span_of(exporter: InMemorySpanExporter, lines: bytes) -> tuple[str, str]:
    """Fan out a message with these lines of headers; return its span's trace and its whole text."""
    exporter.clear()
    fan_outs = FanOutSpans()
    headers = b"NATS/1.0%b\r\nNats-Sequence: 7\r\n\r\n" % lines
    fan_outs.begin(GROUP, Republished(7, 0, b"<turbo-stream>", headers))
    fan_outs.end([stamp(EPOCH, 7, b"<turbo-stream>")], 3)
    (span,) = exporter.get_finished_spans()
    assert span.context
    return f"{span.context.trace_id:032x}", span.to_json()


def test_a_valid_trace_is_gone_on_with(exporter: InMemorySpanExporter) -> None:
    assert span_of(exporter, LINE % VALID)[0] == TRACE


def test_a_trace_that_is_none_is_begun_anew(exporter: InMemorySpanExporter) -> None:
    for what, lines in HOSTILE.items():
        assert span_of(exporter, lines)[0] != TRACE, what


def test_a_state_that_is_none_is_left_out(exporter: InMemorySpanExporter) -> None:
    for what, state in STATES.items():
        trace, written = span_of(exporter, LINE % VALID + b"\r\ntracestate: %b" % state)
        assert trace == TRACE, what
        assert '"trace_state": "[]"' in written, what


@settings(max_examples=50)
@given(lines=st.lists(st.tuples(st.sampled_from([LINE, b"\r\ntracestate: %b"]), st.binary())))
def test_nothing_that_is_written_there_raises(
    exporter: InMemorySpanExporter, lines: list[tuple[bytes, bytes]]
) -> None:
    assert span_of(exporter, b"".join(line % value for line, value in lines))[0]
