"""What the services learn of the client: its address, the scheme, the host."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from websockets.exceptions import InvalidStatus

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.integration.proxy.proxied import Proxied, proxied
from tests.support.event_streams import reading
from tests.support.http import http_client
from tests.support.servers import serving
from tests.support.sockets import listening
from tests.support.stack import realtime_settings, serving_gateway
from tests.support.tokens import token_for

CLAIMS = {
    "x-forwarded-for": "192.0.2.7, 192.0.2.8",
    "forwarded": "for=192.0.2.9",
    "x-real-ip": "192.0.2.10",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "other.example",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "vendor=1",
}


async def told(request: Request) -> JSONResponse:
    headers = {name: request.headers.getlist(name) for name in [*CLAIMS, "host"]}
    client = request.client.host if request.client else None
    return JSONResponse({**headers, "client": client, "scheme": request.url.scheme})


@asynccontextmanager
async def proxied_headers(folder: Path, **settings: str) -> AsyncIterator[Proxied]:
    app = Starlette(routes=[Route("/{path:path}", told)])
    async with (
        serving(app) as address,
        proxied(folder, web=address, realtime=address, **settings) as site,
    ):
        yield site


@pytest.mark.parametrize("path", ["/", "/sse/a/", "/ws/a/"])
async def test_a_client_is_not_believed(tmp_path: Path, path: str) -> None:
    hop_by_hop = {**CLAIMS, "connection": "close, x-forwarded-for, x-forwarded-proto"}
    async with proxied_headers(tmp_path) as site, http_client(f"http://{site.address}") as client:
        for claims in ({}, CLAIMS, hop_by_hop):
            answer = await client.get(path, headers={**claims, "host": "chat.example:81"})
            assert answer.json() == {
                "x-forwarded-for": ["127.0.0.1"],
                "forwarded": [],
                "x-real-ip": [],
                "traceparent": [],
                "tracestate": [],
                "x-forwarded-proto": ["http"],
                "x-forwarded-host": ["chat.example:81"],
                "host": ["chat.example:81"],
                "client": "127.0.0.1",
                "scheme": "http",
            }


async def test_a_trusted_proxy_is_believed_as_far_as_it_speaks_for_itself(tmp_path: Path) -> None:
    """The last address that no trusted proxy has is the client's: those before it are hearsay."""
    async with (
        proxied_headers(tmp_path, TRUSTED_PROXIES="127.0.0.0/8 10.0.0.0/8") as site,
        http_client(f"http://{site.address}") as client,
    ):
        claims = {"x-forwarded-for": "203.0.113.1, 192.0.2.7, 10.0.0.1"}
        answer = await client.get("/", headers={**claims, "x-forwarded-proto": "https"})
        heard = answer.json()
    assert heard["x-forwarded-for"] == ["192.0.2.7"]
    assert heard["client"] == "192.0.2.7"
    assert heard["scheme"] == "https"


async def test_an_address_has_one_limit_whatever_it_claims(
    tmp_path: Path,
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    settings = realtime_settings(nats_server, max_sockets_per_address=1)
    async with (
        serving_gateway(settings) as gateway,
        proxied(tmp_path, realtime=gateway) as site,
        reading(site.address, x_forwarded_for="192.0.2.1"),
    ):
        with pytest.raises(InvalidStatus, match="429"):
            async with listening(site.address, "chat_1"):
                pass


async def test_clients_behind_a_trusted_proxy_have_each_their_limit(
    tmp_path: Path,
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    settings = realtime_settings(nats_server, max_sockets_per_address=1)
    async with (
        serving_gateway(settings) as gateway,
        proxied(tmp_path, realtime=gateway, TRUSTED_PROXIES="127.0.0.1/32") as site,
        reading(site.address, x_forwarded_for="192.0.2.1"),
        reading(site.address, x_forwarded_for="192.0.2.2"),
    ):
        url = f"http://{site.address}/sse/turbo_stream/chat_1/?token={token_for('chat_1')}"
        async with http_client() as client:
            answer = await client.get(url, headers={"x-forwarded-for": "192.0.2.2"})
        assert answer.status_code == 429
