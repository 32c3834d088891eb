"""Who may listen, by name of the group and by origin: all others are answered beforehand."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.asking import LISTENS, Answer, ask_events, ask_socket
from tests.support.http import http_client
from tests.support.sockets import element, listening, measured, publish
from tests.support.stack import realtime_settings, serving_gateway
from tests.support.tokens import token_for

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
    "chat_" + "1" * 10_000,
    "🦊",
]
NOWHERE = [
    "/",
    "/ws",
    "/ws/turbo_stream",
    "/ws/turbo_stream/chat_1",
    "/sse/turbo_stream/chat_1",
    "/ws/turbo_streams/chat_1/",
    "/chat_1/",
    "/live/",
    "/favicon.ico",
]
FOREIGN = [
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "http://",
    "//",
    "http://[",
    "x" * 4000,
]


async def ask_both(address: str, group: str, origin: str | None = None) -> list[Answer]:
    """Ask for a socket and for an event stream, with a good token."""
    token = token_for(group)
    return [
        await ask_socket(address, group, token, origin=origin),
        await ask_events(address, group, query=f"?token={token}", origin=origin),
    ]


async def statuses(address: str, group: str, origin: str | None = None) -> list[int]:
    return [answer.status for answer in await ask_both(address, group, origin)]


@pytest_asyncio.fixture
async def guarded_gateway(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[str]:
    async with serving_gateway(
        realtime_settings(nats_server, allowed_origins=(ALLOWED,))
    ) as address:
        yield address


async def test_a_name_that_is_no_group_is_not_found(gateway: str) -> None:
    token = token_for("chat_1")
    told = 0
    for name in NAMES:
        # An HTTP client resolves ".." between slashes itself.
        answers = [
            await ask_socket(gateway, quote(name, safe="/"), token),
            await ask_events(gateway, quote(name, safe=""), query=f"?token={token}"),
        ]
        assert [answer.status for answer in answers] == [404, 404], name
        told += sum("no such group" in answer.reason for answer in answers)
    assert await measured(gateway, REFUSED, status="404") == told >= 2 * len(NAMES) - 1
    for path in ("*", "%2A", "%3E", "a.b", "chat_1%0D%0A", "%2e%2e%2fx"):
        assert (await ask_socket(gateway, path, token)).status == 404, path


async def test_a_refusal_says_why_in_plain_text(gateway: str) -> None:
    for answer in await ask_both(gateway, "*"):
        assert answer.headers["content-type"].startswith("text/plain")
        assert "such as chat_7" in answer.reason


async def test_a_page_of_another_site_is_forbidden(gateway: str) -> None:
    for origin in FOREIGN:
        assert await statuses(gateway, "chat_1", origin) == [403, 403], origin
    assert await measured(gateway, REFUSED, status="403") == 2 * len(FOREIGN)


async def test_another_site_learns_nothing_of_groups_and_tokens(gateway: str) -> None:
    answers = [
        *(await ask_both(gateway, "*", "https://evil.example")),
        *(await ask_both(gateway, "chat_1", "https://evil.example")),
        await ask_socket(gateway, "chat_1", origin="https://evil.example"),
        await ask_socket(gateway, "chat_1", "bad", origin="https://evil.example"),
    ]
    assert {(answer.status, answer.reason) for answer in answers} == {
        (403, "pages of this origin may not connect\n")
    }


async def test_a_page_of_the_gateways_own_host_may_listen(gateway: str, web_bus: Bus) -> None:
    async with listening(gateway, "chat_1", origin=f"http://{gateway}") as socket:
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]
    assert await statuses(gateway, "chat_1", f"http://{gateway}") == [LISTENS, LISTENS]


async def test_a_client_that_is_no_browser_may_listen(gateway: str, web_bus: Bus) -> None:
    async with listening(gateway, "chat_1", origin=None) as socket:
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]


async def test_where_origins_are_listed_they_may_listen_and_no_other(
    guarded_gateway: str, web_bus: Bus
) -> None:
    async with listening(guarded_gateway, "chat_1", origin=ALLOWED) as socket:
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]
    assert await statuses(guarded_gateway, "chat_1", ALLOWED) == [LISTENS, LISTENS]
    for origin in (f"http://{guarded_gateway}", "http://chat.example", f"{ALLOWED}.evil.example"):
        assert await statuses(guarded_gateway, "chat_1", origin) == [403, 403]


async def test_whoever_is_refused_opens_nothing(gateway: str) -> None:
    await ask_both(gateway, "chat_1", "https://evil.example")
    await ask_socket(gateway, "chat_1", "bad")
    await ask_events(gateway, "chat_1", query=f"?token={token_for('chat_2')}")
    assert await measured(gateway, "natter_realtime_groups") == 0
    assert await measured(gateway, "natter_realtime_users") == 0
    assert await measured(gateway, "natter_realtime_sockets") == 0


async def test_an_address_that_is_none_is_not_found_whatever_asks(gateway: str) -> None:
    for path in NOWHERE:
        url = f"{gateway}{path}?token={token_for('chat_1')}"
        async with http_client() as client:
            plain = await client.get(f"http://{url}")
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{url}", proxy=None):
                pass
        upgrade = refused.value.response
        for status, kind, body in (
            (plain.status_code, plain.headers["content-type"], plain.text),
            (
                upgrade.status_code,
                upgrade.headers["content-type"],
                bytes(upgrade.body or b"").decode(),
            ),
        ):
            assert status == 404, path
            assert kind.startswith("text/plain"), path
            assert "/ws/turbo_stream/<group>/" in body, path
            assert "the slash at the end" in body, path


async def test_each_address_serves_its_own_way_only(gateway: str) -> None:
    query = f"?token={token_for('chat_1')}"
    async with http_client() as client:
        plain = await client.get(f"http://{gateway}/ws/turbo_stream/chat_1/{query}")
    assert (plain.status_code, plain.headers["upgrade"]) == (426, "websocket")
    assert "a proxy between has dropped its Upgrade" in plain.text
    for path in ("/sse/turbo_stream/chat_1/", "/live", "/metrics"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{gateway}{path}{query}", proxy=None):
                pass
        assert refused.value.response.status_code == 404
