"""Spans of failures: they have the error class, and never its text."""

from collections.abc import Iterator

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.shared.process.tracing.spans import SpanKind, is_tracing, make_spans, note_event, span
from services.web.db.pool import connection, open_pool, transaction
from tests.support.spans import kept_spans

SECRET = "purple words of a person"
INSERT = """
INSERT INTO outbox (subject, message_id,
    payload) VALUES ($1, $2, $3)
"""
REFUSED = "INSERT INTO accounts (name) VALUES ($1)"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    with kept_spans() as exporter:
        yield exporter


def named(exporter: InMemorySpanExporter, text: str) -> ReadableSpan:
    (found,) = [
        each
        for each in exporter.get_finished_spans()
        if text in (each.name, (each.attributes or {}).get("db.query.text"))
    ]
    return found


async def test_a_statements_span_has_its_text_but_not_its_values(
    database_url: str, exporter: InMemorySpanExporter
) -> None:
    async with open_pool(database_url, size=1) as pool:
        with span("request", SpanKind.SERVER) as request:
            async with transaction(pool) as db:
                await db.execute(INSERT, SECRET, "one", SECRET.encode())
    told = named(exporter, " ".join(INSERT.split()))
    assert (told.name, told.kind) == ("INSERT", SpanKind.CLIENT)
    assert told.parent is not None
    assert told.parent.span_id == request.get_span_context().span_id
    assert told.start_time
    assert told.end_time
    assert told.start_time <= told.end_time
    assert not [each for each in exporter.get_finished_spans() if SECRET in each.to_json()]


async def test_a_failed_statements_span_has_the_error_class_only(
    database_url: str, exporter: InMemorySpanExporter
) -> None:
    async with open_pool(database_url, size=1) as pool:
        async with transaction(pool) as db:
            await db.execute(REFUSED, SECRET)
        with span("request"):
            async with connection(pool) as db:
                with pytest.raises(asyncpg.UniqueViolationError, match=SECRET):
                    await db.execute(REFUSED, SECRET)
    failed = [each for each in exporter.get_finished_spans() if not each.status.is_ok]
    assert failed
    for each in failed:
        assert (each.attributes or {})["error.type"] == "UniqueViolationError"
        assert each.events == ()
    assert not [each for each in exporter.get_finished_spans() if SECRET in each.to_json()]


async def test_outside_of_a_trace_statements_have_no_spans(
    database_url: str, exporter: InMemorySpanExporter
) -> None:
    async with open_pool(database_url, size=1) as pool, transaction(pool) as db:
        await db.fetch("SELECT id FROM outbox")
    assert exporter.get_finished_spans() == ()


def test_a_failed_span_has_the_exceptions_class_only(exporter: InMemorySpanExporter) -> None:
    def fail() -> None:
        with span("job"):
            note_event("first token")
            raise ValueError(SECRET)

    with pytest.raises(ValueError, match=SECRET):
        fail()
    told = named(exporter, "job")
    assert (told.attributes or {})["error.type"] == "ValueError"
    assert [event.name for event in told.events] == ["first token"]
    assert SECRET not in told.to_json()


def test_spans_are_made_as_long_as_somebody_takes_them(exporter: InMemorySpanExporter) -> None:
    assert is_tracing()
    make_spans(None)
    assert not is_tracing()
    with span("request"):
        pass
    assert exporter.get_finished_spans() == ()
