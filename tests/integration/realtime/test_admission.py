"""Who may open a socket: everybody else is answered before the upgrade."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from deploy.local.nats_server import NatsServer
from services.realtime.app import create_app
from services.shared.bus import Bus
from tests.support.servers import serving
from tests.support.sockets import element, listening, measured, publish
from tests.support.stack import realtime_settings

ALLOWED = "https://chat.example"
REFUSED = "natter_realtime_refused_handshakes_total"

NAMES = [
    "*",
    ">",
    "a.b",
    "chat_1.>",
    "chat_*",
    "",
    "chat",
    "chat_",
    "_1",
    "Chat_1",
    "1chat_1",
    "chat_1 ",
    "chat_1\t",
    "chat_1\r\n",
    "chat_1\r\nSUB > 9",
    "chat_1\x00",
    "%2A",
    "chat_%31",
    "../x",
    "..",
    "chat_1/../chat_2",
    "chat_\uff11",
    "chät_1",
    "chat_" + "1" * 65,
    "chat_" + "1" * 8_000,  # uvicorn takes request lines of up to 8 KiB
    "🦊",
]


async def refusal(address: str, group: str, origin: str | None = None) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        async with listening(address, group, origin=origin):
            pass
    return refused.value


@pytest_asyncio.fixture
async def guarded_gateway(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[str]:
    settings = realtime_settings(nats_server, allowed_origins=(ALLOWED,))
    async with serving(create_app(settings)) as address:
        yield address


async def test_a_name_that_is_no_group_is_not_found(gateway: str) -> None:
    for name in NAMES:
        status = (await refusal(gateway, quote(name, safe="/"))).response.status_code
        assert status == 404, name
    assert await measured(gateway, REFUSED, status="404") == len(NAMES)


@pytest.mark.parametrize("path", ["*", "%2A", "%3E", "a.b", "chat_1%0D%0A", "%2e%2e%2fx"])
async def test_a_name_that_is_no_group_is_not_found_as_it_is_typed(gateway: str, path: str) -> None:
    assert (await refusal(gateway, path)).response.status_code == 404


async def test_a_refusal_says_why_in_plain_text(gateway: str) -> None:
    response = (await refusal(gateway, "*")).response
    assert response.headers["content-type"].startswith("text/plain")
    assert "such as chat_7" in bytes(response.body or b"").decode()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example"])
async def test_a_page_of_another_site_is_forbidden(gateway: str, origin: str) -> None:
    assert (await refusal(gateway, "chat_1", origin)).response.status_code == 403
    assert await measured(gateway, REFUSED, status="403") == 1


@pytest.mark.parametrize("origin", ["null", "http://", "//", "http://[", "x" * 4000])
async def test_an_origin_that_is_none_is_forbidden(gateway: str, origin: str) -> None:
    assert (await refusal(gateway, "chat_1", origin)).response.status_code == 403


async def test_another_site_learns_nothing_of_which_groups_there_could_be(gateway: str) -> None:
    assert (await refusal(gateway, "*", "https://evil.example")).response.status_code == 403


async def test_a_page_of_the_gateways_own_host_may_listen(gateway: str, web_bus: Bus) -> None:
    async with listening(gateway, "chat_1", origin=f"http://{gateway}") as socket:
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]


async def test_a_client_that_is_no_browser_may_listen(gateway: str, web_bus: Bus) -> None:
    async with listening(gateway, "chat_1", origin=None) as socket:
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]


async def test_a_page_of_an_allowed_origin_may_listen(guarded_gateway: str, web_bus: Bus) -> None:
    async with listening(guarded_gateway, "chat_1", origin=ALLOWED) as socket:
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]


async def test_where_origins_are_listed_no_other_is_allowed(guarded_gateway: str) -> None:
    for origin in (f"http://{guarded_gateway}", "http://chat.example", f"{ALLOWED}.evil.example"):
        assert (await refusal(guarded_gateway, "chat_1", origin)).response.status_code == 403


async def test_a_refused_socket_opens_no_subscription(gateway: str) -> None:
    await refusal(gateway, "chat_1", "https://evil.example")
    assert await measured(gateway, "natter_realtime_groups") == 0
    assert await measured(gateway, "natter_realtime_sockets") == 0
