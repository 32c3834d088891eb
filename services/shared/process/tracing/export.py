"""Exports spans to a collector, as OpenTelemetry's own `OTEL_*` variables configure it.

A thread does it, from a bounded queue: a slow or broken collector holds up nothing. Only
`services.shared.process.serving` imports this module, and only if tracing is on.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import Final

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.shared.process.tracing.spans import make_spans

FLUSH_SECONDS: Final = 5.0
"""How long a process waits at its end until its last spans are exported."""
QUOTING: Final = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.util.re",
    "urllib3.connection",
)
"""Loggers that quote the collector's address, its answers, and the headers we send."""
HIDDEN: Final = "(not told)"


def exporting(service: str) -> AbstractContextManager[None]:
    """Make spans while the body runs, and export the last ones after it.

    `service` is their `service.name`, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` set
    another. Raises ValueError for a variable that OpenTelemetry rejects; so does the import of this
    module.
    """
    for name in QUOTING:
        logging.getLogger(name).addFilter(_without_quotes)
    named = Resource.create({SERVICE_NAME: service}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(session=_session())))
    return _making(provider)


@contextmanager
def _making(provider: TracerProvider) -> Iterator[None]:
    make_spans(provider.get_tracer("natter"))
    try:
        yield
    finally:
        make_spans(None)
        # By itself the library waits for half a minute. This thread ends with the process.
        leaving = Thread(target=provider.shutdown, name="last spans", daemon=True)
        leaving.start()
        leaving.join(FLUSH_SECONDS)


def _session() -> requests.Session:
    session = requests.Session()
    session.hooks["response"].append(_take_status)
    return session


def _take_status(answer: requests.Response, **_: object) -> None:
    """Read only the head of an answer: its body may be endless.

    Raises `TooManyRedirects` for a redirect, which the exporter would take for a success.
    """
    answer.close()
    if answer.is_redirect:
        raise requests.TooManyRedirects


def _without_quotes(record: logging.LogRecord) -> bool:
    """Keep numbers and error classes in a log line, and hide what may contain a key."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_harmless, record.args))
    record.exc_info = None
    return True


def _harmless(value: object) -> object:
    if isinstance(value, Exception):
        return type(value).__name__
    return value if isinstance(value, int | float | None) else HIDDEN
