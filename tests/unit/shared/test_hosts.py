"""Which `Host` is an address, and which name a pattern allows."""

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


@pytest.mark.parametrize(
    "host",
    ["10.42.0.17", "10.42.0.17:8002", "127.0.0.1:", "[::1]", "[fd00:10:244::1f]:8002", "0.0.0.0"],  # noqa: S104 - read, not bound
)
def test_an_address_is_one_with_a_port_or_without(host: str) -> None:
    assert is_ip_literal(host)


@pytest.mark.parametrize(
    "host",
    [
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
    ],
)
def test_a_name_is_none_however_much_it_looks_like_one(host: str) -> None:
    assert not is_ip_literal(host)


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
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
    ],
)
async def test_addresses_pass_and_names_are_listed(
    allowed: list[str], host: str, status: int
) -> None:
    async def hello(_request: Request) -> Response:
        return PlainTextResponse("hello")

    guard = Middleware(ListedHosts, allowed=allowed)
    app = Starlette(routes=[Route("/", hello, middleware=[guard])])
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://localhost"
    ) as client:
        assert (await client.get("/", headers={"host": host})).status_code == status


@pytest.mark.parametrize("pattern", ["*", "localhost", "*.example.org", "[::1]", "10.0.0.1"])
def test_a_pattern_is_a_name_or_begins_with_a_star(pattern: str) -> None:
    assert PATTERN.validate_python(pattern) == pattern


@pytest.mark.parametrize("pattern", ["", "a*", "*a", "a.*.b", "**", "https://a", "a/b", "a b"])
def test_what_no_host_could_match_is_refused_at_the_start(pattern: str) -> None:
    with pytest.raises(ValidationError):
        PATTERN.validate_python(pattern)
