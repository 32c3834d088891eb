"""Trace contexts of others: what is taken over, and what reaches a log."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import get_current_span

from services.shared.process.logging import configure_logging, get_logger
from services.shared.process.tracing.context import (
    LONGEST_TRACESTATE,
    message_context,
    new_trace,
    request_context,
    trace_headers,
    trace_id,
)
from services.shared.process.tracing.spans import (
    Context,
    SpanKind,
    begin_span,
    link_to_current,
    span,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
VALID = f"00-{TRACE}-b7ad6b7169203331-01"
HOSTILE = {
    "empty": "",
    "no version": f"{TRACE}-b7ad6b7169203331-01",
    "upper case": VALID.upper(),
    "forbidden version": f"ff{VALID[2:]}",
    "more than version 00 has": f"{VALID}-more",
    "zero trace": f"00-{'0' * 32}-b7ad6b7169203331-01",
    "zero parent": f"00-{TRACE}-{'0' * 16}-01",
    "short": VALID[:-1],
    "long": VALID + "0",
    "huge": f"01-{TRACE}-b7ad6b7169203331-01-{'a' * 8000}",
    "two in one": f"{VALID},{VALID}",
    "control characters": f"{VALID}\x1b[2J",
    "a line of the log": f"{VALID}\nfake",
    "other digits": f"00-{'٣' * 32}-b7ad6b7169203331-01",
}


def headers(*pairs: tuple[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in pairs]


def carried_by(context: Context) -> int:
    """Return the id of a context's trace, 0 if there is none."""
    return get_current_span(context).get_span_context().trace_id


def test_a_valid_context_is_continued_unchanged() -> None:
    context = request_context(headers(("traceparent", VALID), ("tracestate", "a=1,b=2")))
    with span("request", SpanKind.SERVER, context=context):
        assert trace_id() == TRACE
        assert trace_headers() == {"traceparent": VALID, "tracestate": "a=1,b=2"}
    assert trace_id() is None
    assert trace_headers() == {}


def test_the_known_part_of_a_later_versions_context_is_continued() -> None:
    assert carried_by(message_context({"traceparent": f"42{VALID[2:]}-later"})) == int(TRACE, 16)


def test_an_invalid_context_begins_a_new_trace() -> None:
    for what, parent in HOSTILE.items():
        for context in (
            request_context(headers(("traceparent", parent), ("tracestate", "a=1"))),
            message_context({"traceparent": parent, "tracestate": "a=1"}),
        ):
            with span("request", SpanKind.SERVER, context=context):
                assert trace_id() not in (None, TRACE), what
                assert set(trace_headers()) == {"traceparent"}, what


@given(st.dictionaries(st.sampled_from(["traceparent", "tracestate"]), st.text()))
def test_no_header_of_a_message_raises(said: dict[str, str]) -> None:
    with span("job", SpanKind.CONSUMER, context=message_context(said)):
        assert trace_id()


@given(st.lists(st.tuples(st.sampled_from([b"traceparent", b"tracestate", b"trace"]), st.binary())))
def test_no_header_of_a_request_raises(said: list[tuple[bytes, bytes]]) -> None:
    with span("request", SpanKind.SERVER, context=request_context(said)):
        assert trace_id()


def test_two_parents_count_as_none() -> None:
    twice = headers(("traceparent", VALID), ("traceparent", VALID))
    assert carried_by(request_context(twice)) == 0


def test_states_of_several_lines_are_joined() -> None:
    lines = headers(("traceparent", VALID), ("tracestate", "a=1"), ("tracestate", "b=2"))
    with span("request", context=request_context(lines)):
        assert trace_headers()["tracestate"] == "a=1,b=2"


def test_an_invalid_state_is_left_out_and_the_trace_continues() -> None:
    for state in (
        f"a={'x' * LONGEST_TRACESTATE}",
        ",".join(f"k{number}=1" for number in range(33)),
        "not a state",
        "a=1,a=2",
        "a=\x1b[2J",
    ):
        with span("request", context=message_context({"traceparent": VALID, "tracestate": state})):
            assert trace_headers() == {"traceparent": VALID}, state


@pytest.mark.usefixtures("restored_logging")
def test_invalid_headers_cannot_fill_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "json")
    logging.getLogger().setLevel(logging.DEBUG)
    for said in HOSTILE.values():
        message_context({"traceparent": said})
    for state in ("junk of a stranger", "a=1,a=2", ",".join(f"k{n}=1" for n in range(40))):
        message_context({"traceparent": VALID, "tracestate": state})
    assert capfd.readouterr().out == ""


@pytest.mark.usefixtures("restored_logging")
def test_every_line_within_a_trace_names_it(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    get_logger("test").info("outside")
    with span("job", context=message_context({"traceparent": VALID})):
        get_logger("test").info("inside")
        logging.getLogger("a.library").warning("a library's")
        get_logger("test").info("another's", trace_id="its own")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line.get("trace_id") for line in lines] == [None, TRACE, TRACE, "its own"]


def test_new_traces_differ_and_are_not_sampled() -> None:
    begun = {new_trace().get_span_context().trace_id for _ in range(100)}
    assert len(begun) == 100
    with span("request", context=Context()):
        assert trace_headers()["traceparent"].endswith("-00")


def test_a_trace_inside_another_is_separate_and_linked() -> None:
    with span("result", context=message_context({"traceparent": VALID})):
        (link,) = link_to_current()
        with span("next turn", context=Context(), links=[link]):
            assert trace_id() not in (None, TRACE)
        assert trace_id() == TRACE
    assert f"{link.context.trace_id:032x}" == TRACE


def test_a_span_that_is_not_current_leaves_the_trace_as_it_is() -> None:
    with span("job", context=message_context({"traceparent": VALID})):
        begin_span("fan out", SpanKind.CONSUMER, context=Context()).end()
        assert trace_id() == TRACE
