"""Spans that are kept in memory for a test to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.shared.process.tracing.spans import make_spans


@contextmanager
def kept_spans() -> Iterator[InMemorySpanExporter]:
    """Have this process make spans while the body runs, and keep those that end."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    make_spans(provider.get_tracer("test"))
    try:
        yield exporter
    finally:
        make_spans(None)
        provider.shutdown()
