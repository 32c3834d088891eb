"""Making spans and handing them to a collector, as OpenTelemetry's own `OTEL_*` variables say.

All of it is done by a thread, from a queue with bounds: what a collector does or fails to do holds
up nobody. Only `services.shared.serving` imports this module, and only when it is to run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.shared.tracing.spans import make_spans

FLUSH_SECONDS: Final = 5.0
"""How long the end of a process waits for its last spans to be taken."""


@contextmanager
def exporting(service: str) -> Iterator[None]:
    """Make spans while the body runs, and hand over the last ones after it.

    `service` is their `service.name`, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say
    another.
    """
    named = Resource.create({SERVICE_NAME: service}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    make_spans(provider.get_tracer("natter"))
    try:
        yield
    finally:
        make_spans(None)
        # Left to itself the library waits for half a minute. What ends then ends with the process.
        leaving = Thread(target=provider.shutdown, name="last spans", daemon=True)
        leaving.start()
        leaving.join(FLUSH_SECONDS)
