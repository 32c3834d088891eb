"""Which service a path leads to, and which lead nowhere."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.integration.proxy.proxied import Proxied, proxied
from tests.integration.web.pages import running_web
from tests.support.rude_client import answer_to
from tests.support.servers import serving
from tests.support.sockets import element, listening, publish
from tests.support.stack import web_settings

BASE_PATHS = ["", "/", "/natter", "/natter/", "/a.b/c"]
HIDDEN = ("metrics", "live", "ready")
ODD = [
    "/{0}",
    "//{0}",
    "/%2F{0}",
    "/{0}/",
    "/{0}//",
    "/{0}%2f",
    "/{0}?a=b",
    "/{0};a",
    "/{0}%0a",
    "/{0}%00",
    "/{0}/more",
    "/./{0}",
    "/%2e/{0}",
    "/x/../{0}",
    "/x/%2e%2e/{0}",
    "/x/..%2f{0}",
    "/ws/../{0}",
    "/sse/x/../../{0}",
]


async def answer(address: str, target: str) -> str:
    request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return await answer_to(address, request.encode())


def named(name: str) -> Starlette:
    """Make a service that says who it is and what it was asked for."""

    async def say(request: Request) -> JSONResponse:
        return JSONResponse([name, request.scope["raw_path"].decode(), request.url.query])

    return Starlette(routes=[Route("/{path:path}", say)])


@asynccontextmanager
async def named_services(folder: Path, base_path: str) -> AsyncIterator[Proxied]:
    async with (
        serving(named("web")) as web,
        serving(named("realtime")) as realtime,
        proxied(folder, web=web, realtime=realtime, WEB_BASE_PATH=base_path) as site,
    ):
        yield site


@pytest.mark.parametrize("base_path", BASE_PATHS)
async def test_each_path_leads_to_its_service(tmp_path: Path, base_path: str) -> None:
    base = base_path.removesuffix("/")
    async with named_services(tmp_path, base_path) as site:
        for target, expected in (
            (
                f"{base}/ws/turbo_stream/chat_1/?since=a.1",
                ["/ws/turbo_stream/chat_1/", "since=a.1"],
            ),
            (f"{base}/sse/turbo_stream/chat_1/?token=t", ["/sse/turbo_stream/chat_1/", "token=t"]),
            (f"{base}/ws/a%20b/", ["/ws/a%20b/", ""]),
        ):
            assert said(await answer(site.address, target)) == ["realtime", *expected]
        for target in (
            f"{base}/",
            f"{base}/chat/1/message/list/",
            f"{base}/wsx/",
            f"{base}/chat/ws/",
            f"{base}/WS/a/",
            f"{base}/livelier",
            f"{base}/chat/live",
            f"{base}/a%2Fb//c/./d",
        ):
            assert said(await answer(site.address, target)) == ["web", target, ""]


@pytest.mark.parametrize("base_path", BASE_PATHS)
async def test_what_is_for_operators_is_not_to_be_found(tmp_path: Path, base_path: str) -> None:
    async with named_services(tmp_path, base_path) as site:
        for below in ("", base_path.removesuffix("/")):
            for name in (*HIDDEN, "METRICS", "Live", "read%79", "%6d%65trics"):
                for spelling in ODD:
                    target = below + spelling.format(name)
                    assert not_found(await answer(site.address, target)), target
            absolute = f"http://localhost{below}/metrics"
            assert not_found(await answer(site.address, absolute)), absolute


def not_found(answered: str) -> bool:
    """Return whether it is the proxy's own answer; the services' have content."""
    head, _, content = answered.partition("\r\n\r\n")
    return head.startswith("HTTP/1.1 404 ") and content == ""


def said(answered: str) -> object:
    return json.loads(answered.partition("\r\n\r\n")[2])


@pytest.mark.parametrize("base_path", ["", "/natter"])
async def test_the_real_services_are_reached_and_what_they_tell_operators_is_not(
    tmp_path: Path,
    database_url: str,
    nats_server: NatsServer,
    web_bus: Bus,
    gateway: str,
    base_path: str,
) -> None:
    settings = web_settings(database_url, nats_server, base_path=base_path)
    async with (
        running_web(settings) as web,
        proxied(tmp_path, web=web.address, realtime=gateway, WEB_BASE_PATH=base_path) as site,
    ):
        for target in ("/metrics", "/%6detrics", "/metrics%0a", "/live", "/ready?a=b"):
            for service in (web.address, gateway):
                assert (await answer(service, target)).startswith("HTTP/1.1 200 ")
            for below in ("", base_path):
                assert not_found(await answer(site.address, below + target))
        page = await answer(site.address, f"{base_path}/chat/")
        assert f"location: {base_path}/chat/1/message/list/" in page.lower()
        async with listening(f"{site.address}{base_path}", "chat_1") as socket:
            await publish(web_bus, "chat_1", element("hello"))
            assert await socket.receive(1) == [element("hello")]


@pytest.mark.parametrize("path", ["/chat/1/message/list/", "/a.css", "/natte/", "/x/natter/"])
async def test_nothing_is_served_beside_the_base_path(tmp_path: Path, path: str) -> None:
    async with named_services(tmp_path, "/natter") as site:
        assert not_found(await answer(site.address, path))
        assert said(await answer(site.address, "/")) == ["web", "/", ""]
