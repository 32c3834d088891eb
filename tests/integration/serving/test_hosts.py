"""Which `Host` each service answers to: a page of another site always sends a name."""

import pytest

from tests.support.rude_client import answer_to
from tests.support.stack import Web

POD = "10.42.0.17:8002"
POD_6 = "[fd00:10:244::1f]:8002"
FOREIGN = "evil.example:8002"
PROBES = ("/live", "/ready")
DEMO = ("/v1/models", "/demo/stats", "/health", "/v1/chat/completions")


async def status_of(address: str, path: str, *hosts: str, version: str = "1.1") -> int:
    """Send these `Host` headers, and return the status of the answer."""
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    head = f"GET {path} HTTP/{version}\r\n{lines}Connection: close\r\n\r\n"
    return int((await answer_to(address, head.encode())).split()[1])


@pytest.fixture(params=["web", "ai", "gateway"])
def measured(request: pytest.FixtureRequest) -> str:
    """The address of each service that has metrics."""
    found: str | Web = request.getfixturevalue(request.param)
    return found.address if isinstance(found, Web) else found


async def test_metrics_answer_to_addresses_and_listed_names(measured: str) -> None:
    for host in (POD, POD_6, "127.0.0.1", "localhost", "localhost:8002"):
        assert await status_of(measured, "/metrics", host) == 200, host
    for host in (FOREIGN, "localhost.evil.example", "10.42.0.17.evil.example", ""):
        assert await status_of(measured, "/metrics", host) == 400, host


async def test_probes_answer_to_any_host(measured: str) -> None:
    for path in PROBES:
        for host in (POD, POD_6, "localhost", "any-name.internal"):
            assert await status_of(measured, path, host) == 200, (path, host)
        assert await status_of(measured, path, version="1.0") == 200


async def test_pages_of_web_answer_to_listed_hosts_only(web: Web) -> None:
    for host in (POD, FOREIGN):
        assert await status_of(web.address, "/chat/", host) == 400


async def test_the_demo_answers_to_addresses_and_listed_names(demo_url: str) -> None:
    address = demo_url.removeprefix("http://").removesuffix("/v1")
    for path in DEMO:
        for host in (POD, POD_6, "localhost:8003"):
            assert await status_of(address, path, host) in (200, 405), (path, host)
        assert await status_of(address, path, FOREIGN) == 400, path


@pytest.fixture(params=["web", "ai", "gateway", "demo_url"])
def served(request: pytest.FixtureRequest) -> str:
    """The address of each service."""
    found: str | Web = request.getfixturevalue(request.param)
    address = found.address if isinstance(found, Web) else found
    return address.removeprefix("http://").removesuffix("/v1")


async def test_requests_with_two_hosts_or_without_one_are_refused(served: str) -> None:
    for path in ("/live", "/metrics", "/health", "/chat/", "/nothing"):
        for hosts in ((), ("localhost", "localhost"), ("localhost", POD), (POD, "localhost")):
            assert await status_of(served, path, *hosts) == 400, (path, hosts)
