"""A minimal OTLP collector: it takes spans by HTTP and keeps them."""

import gzip
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.servers import serving
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Exported:
    """A span as a collector gets it; ids are in hexadecimal, `parent` is empty for a root."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: Mapping[str, str]
    events: tuple[str, ...]
    links: tuple[str, ...]
    has_failed: bool


@dataclass(slots=True)
class Collector:
    """The exported spans, and every byte of the exports."""

    address: str = ""
    spans: list[Exported] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200
    """The status of its responses."""

    async def export(self, request: Request) -> Response:
        """Take spans (OTLP, "OTLP/HTTP Request")."""
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.bodies.append(body)
        if self.status == 200:
            self.spans += read_spans(ExportTraceServiceRequest.FromString(body))
        answer = ExportTraceServiceResponse().SerializeToString()
        return Response(answer, self.status, media_type="application/x-protobuf")

    def named(self, name: str) -> list[Exported]:
        """Return the spans of this name."""
        return [span for span in self.spans if span.name == name]

    async def until_named(self, name: str) -> Exported:
        """Wait for a span of this name, and return the first."""

        async def found() -> list[Exported]:
            return self.named(name)

        return (await until(found))[0]

    def parent_of(self, span: Exported) -> Exported:
        """Return the span that this one stands below."""
        (parent,) = [each for each in self.spans if each.id == span.parent]
        return parent


def read_spans(request: ExportTraceServiceRequest) -> Iterable[Exported]:
    for resource in request.resource_spans:
        service = told(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield exported(service, span)


def exported(service: str, span: WireSpan) -> Exported:
    return Exported(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes=told(span.attributes),
        events=tuple(event.name for event in span.events),
        links=tuple(link.trace_id.hex() for link in span.links),
        has_failed=span.status.code == Status.STATUS_CODE_ERROR,
    )


def told(attributes: Iterable[KeyValue]) -> dict[str, str]:
    values = {each.key: each.value for each in attributes}
    return {
        key: str(getattr(value, value.WhichOneof("value") or "string_value"))
        for key, value in values.items()
    }


@asynccontextmanager
async def collecting(collector: Collector) -> AsyncIterator[Collector]:
    """Serve a collector while the body runs."""
    app = Starlette(routes=[Route("/v1/traces", collector.export, methods=["POST"])])
    async with serving(app) as address:
        collector.address = address
        yield collector
