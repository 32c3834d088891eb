"""Which `Host` is an IP address, and which names a pattern allows."""

import httpx2
import pytest
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.shared.process.hosts import ListedHosts, is_ip_literal
from services.shared.process.settings import HostPattern

PATTERN: TypeAdapter[str] = TypeAdapter(HostPattern)


ADDRESSES = [
    "10.42.0.17",
    "10.42.0.17:8002",
    "127.0.0.1:",
    "[::1]",
    "[fd00:10:244::1f]:8002",
    "0.0.0.0",  # noqa: S104 - read, not bound
]
OTHERS = [
    "",
    "localhost",
    "10.42.0.17.example",
    "10.42.0",
    "10.42.0.256",
    "010.42.0.17",
    "2130706433",
    "0x7f.0.0.1",
    "10.42.0.17:80:80",
    "10.42.0.17:port",
    "10.42.0.17 ",
    "me@10.42.0.17",
    "10.42.0.17, evil.example",
    "::1",
    "[::1",
    "[::1].evil.example",
    "[::1%25eth0]",
    "[evil]",
    "[1.2.3.4]",
    "\N{ARABIC-INDIC DIGIT ONE}.0.0.1",
    "1.2.3.4\n",
]
REQUESTS: list[tuple[list[str], str, int]] = [
    (["localhost"], "localhost:8002", 200),
    (["localhost"], "LOCALHOST", 200),
    (["localhost"], "10.42.0.17:8002", 200),
    (["localhost"], "[fd00::17]", 200),
    (["localhost"], "evil.example", 400),
    (["localhost"], "localhost.evil.example", 400),
    (["localhost"], "", 400),
    (["*.svc"], "ai.svc:8002", 200),
    (["*.svc"], "svc.evil.example", 400),
    ([], "10.42.0.17", 200),
    ([], "localhost", 400),
    (["*"], "anything.example", 200),
]


def test_only_ip_addresses_with_or_without_port_are_recognised() -> None:
    assert [host for host in ADDRESSES + OTHERS if is_ip_literal(host)] == ADDRESSES


async def test_addresses_and_listed_names_are_admitted() -> None:
    async def hello(_request: Request) -> Response:
        return PlainTextResponse("hello")

    for allowed, host, status in REQUESTS:
        guard = Middleware(ListedHosts, allowed=allowed)
        transport = httpx2.ASGITransport(Starlette(routes=[Route("/", hello, middleware=[guard])]))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get("/", headers={"host": host})
        assert answer.status_code == status, (allowed, host)


def test_a_pattern_is_a_name_or_begins_with_a_star() -> None:
    for pattern in ("*", "localhost", "*.example.org", "[::1]", "10.0.0.1"):
        assert PATTERN.validate_python(pattern) == pattern
    for pattern in ("", "a*", "*a", "a.*.b", "**", "https://a", "a/b", "a b"):
        with pytest.raises(ValidationError):
            PATTERN.validate_python(pattern)
