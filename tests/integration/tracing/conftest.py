"""A whole Natter that makes spans: each service a process of its own, and a collector."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.faults.service_process import ServiceProcess, running, service
from tests.support.collector import Collector, collecting
from tests.support.http import http_client
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk
from tests.support.servers import serving
from tests.support.tokens import SECRET

KEY = "sk-never-in-a-span-0123456789"
ANSWER = "Purple-answer-text"
# With this delay a service exports its spans only at its end.
OTEL = {"OTEL_BSP_SCHEDULE_DELAY": "3600000", "NATTER_TRACING": "true"}
KEYS = {"NATTER_STREAM_KEYS": json.dumps([SECRET])}


@dataclass(slots=True)
class Traced:
    """The services, the endpoint that they ask, and the collector of their spans."""

    web: ServiceProcess
    gateway: ServiceProcess
    worker: ServiceProcess
    endpoint: ScriptedEndpoint
    collector: Collector
    http: httpx2.AsyncClient

    def lines(self, process: ServiceProcess, event: str) -> list[dict[str, object]]:
        """Return the lines of this event in a service's log."""
        said = (json.loads(line) for line in process.log.read_text().splitlines())
        return [line for line in said if line["event"] == event]


@pytest_asyncio.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting(Collector()) as collector:
        yield collector


@pytest_asyncio.fixture
async def traced(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
    database_url: str,
    collector: Collector,
    tmp_path: Path,
) -> AsyncIterator[Traced]:
    otel = {**OTEL, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.address}"}
    endpoint = ScriptedEndpoint(Reply((chunk(ANSWER), STOP, DONE)))
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(serving(endpoint.application()))
        parts = _environments(nats_server, database_url, f"http://{upstream}/v1")
        processes = [
            await stack.enter_async_context(running(service(name, {**part, **otel}, tmp_path)))
            for name, part in parts.items()
        ]
        web, gateway, worker = processes
        http = await stack.enter_async_context(http_client(web.origin))
        yield Traced(web, gateway, worker, endpoint, collector, http)


def _environments(
    nats: NatsServer, database_url: str, endpoint: str
) -> Mapping[str, Mapping[str, str]]:
    return {
        "web": {
            "DATABASE_URL": database_url,
            "NATS_URL": nats.url("web"),
            "NATTER_WEB_SINGLE_USER": "true",
            **KEYS,
        },
        "realtime": {"NATS_URL": nats.url("realtime"), **KEYS},
        "ai": {"NATS_URL": nats.url("ai"), "OPENAI_BASE_URL": endpoint, "OPENAI_API_KEY": KEY},
    }
