"""The services wired to a test's own database and bus."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx2
import pytest_asyncio
from pydantic import SecretStr

from deploy.local.nats_server import NatsServer, running_nats
from deploy.local.postgres import Postgres
from services.ai.app import create_app as create_ai
from services.ai.settings import AiSettings
from services.demo.app import create_app as create_demo
from services.demo.settings import DemoSettings
from services.realtime.app import create_app as create_realtime
from services.realtime.app import drain
from services.realtime.settings import RealtimeSettings
from services.realtime.upgrade.websocket_protocol import WebSocketProtocol
from services.web.app import create_app as create_web
from services.web.settings import WebSettings
from tests.support.http import http_client
from tests.support.ports import free_port
from tests.support.postgres import migrated_database
from tests.support.servers import serving
from tests.support.tokens import STREAM_KEYS
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Web:
    """A running web service and a client of it that follows no redirects."""

    address: str
    client: httpx2.AsyncClient


@dataclass(frozen=True, slots=True)
class Services:
    """All three services of one Natter, in this process."""

    url: str
    database_url: str


def web_settings(database_url: str, nats: NatsServer, **changes: object) -> WebSettings:
    """Settings of a web service on the test's database and bus."""
    settings = WebSettings(
        database_url=SecretStr(database_url),
        nats_url=SecretStr(nats.url("web")),
        stream_keys=STREAM_KEYS,
        single_user=True,
    )
    return settings.model_copy(update=changes)


def realtime_settings(nats: NatsServer, **changes: object) -> RealtimeSettings:
    """Settings of a gateway on the test's bus."""
    settings = RealtimeSettings(
        nats_url=SecretStr(nats.url("realtime")),
        stream_keys=STREAM_KEYS,
        drain_seconds=0,
    )
    return settings.model_copy(update=changes)


def ai_settings(nats: NatsServer, base_url: str, **changes: object) -> AiSettings:
    """Settings of an ai service on the test's bus that asks the endpoint at `base_url`."""
    settings = AiSettings(
        nats_url=SecretStr(nats.url("ai")),
        openai_base_url=base_url,
        openai_api_key=SecretStr("key-of-the-test"),
    )
    return settings.model_copy(update=changes)


@asynccontextmanager
async def serving_gateway(
    settings: RealtimeSettings, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve a gateway as its own process does and give its `host:port` once it is ready."""
    async with (
        serving(
            create_realtime(settings),
            websockets=WebSocketProtocol,
            before_shutdown=drain,
            host=host,
            port=port,
        ) as address,
        http_client(f"http://{address}") as client,
    ):

        async def is_ready() -> bool:
            return (await client.get("/ready")).status_code == 200

        await until(is_ready)
        yield address


@asynccontextmanager
async def serving_all(
    folder: Path,
    postgres: Postgres,
    endpoint: str,
    web: Mapping[str, object] = MappingProxyType({}),
    /,
    **ai: object,
) -> AsyncIterator[Services]:
    """Serve web and ai with these settings, and a gateway; ai asks `endpoint`."""
    web_port, gateway_port = free_port(), free_port()
    origin = f"http://127.0.0.1:{web_port}"
    gateway_url = f"ws://127.0.0.1:{gateway_port}"
    with running_nats(folder / "nats") as nats:
        gateway = realtime_settings(nats, allowed_origins=(origin,))
        async with (
            migrated_database(postgres) as database_url,
            serving(
                create_web(web_settings(database_url, nats, realtime_url=gateway_url, **web)),
                port=web_port,
            ),
            serving_gateway(gateway, port=gateway_port),
            serving(create_ai(ai_settings(nats, endpoint, **ai))),
        ):
            yield Services(origin, database_url)


@pytest_asyncio.fixture
async def web(database_url: str, nats_server: NatsServer) -> AsyncIterator[Web]:
    """A web service; nothing answers its messages."""
    async with (
        serving(create_web(web_settings(database_url, nats_server))) as address,
        http_client(f"http://{address}") as client,
    ):
        yield Web(address, client)


@pytest_asyncio.fixture
async def gateway(nats_server: NatsServer, web_bus: object) -> AsyncIterator[str]:  # noqa: ARG001 - the streams are there first
    """The address of a gateway."""
    async with serving_gateway(realtime_settings(nats_server)) as address:
        yield address


@pytest_asyncio.fixture
async def demo_url() -> AsyncIterator[str]:
    """The base URL of a demo endpoint that answers as fast as it can."""
    async with serving(create_demo(DemoSettings(tokens_per_second=0, first_token_ms=0))) as address:
        yield f"http://{address}/v1"


@pytest_asyncio.fixture
async def ai(nats_server: NatsServer, demo_url: str, web_bus: object) -> AsyncIterator[str]:  # noqa: ARG001 - the streams are there first
    """The address of an ai service that asks the demo endpoint."""
    async with serving(create_ai(ai_settings(nats_server, demo_url))) as address:
        yield address
