"""Who may listen at a real gateway: group, origin, token and limits, each way in."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import quote

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from services.shared.bus.connection import Bus
from services.shared.bus.subjects import check_group
from tests.integration.realtime.conftest import GatewayWith
from tests.support.asking import (
    LISTENS,
    Answer,
    ask_each_way,
    ask_events,
    ask_socket,
    refused_each_way,
)
from tests.support.http import http_client
from tests.support.sockets import element, listening, measured, publish, until_measured
from tests.support.tokens import forged, minted_at, signed, token_for

ALLOWED = "https://chat.example"
REFUSED = "natter_realtime_refused_handshakes_total"
GROUP = check_group("chat_1")

NAMES = [
    "*", ">", "a.b", "chat_1.>", "chat_*", "", "chat", "chat_", "_1", "Chat_1", "1chat_1",
    "chat_1 ", "chat_1\t", "chat_1\r\n", "chat_1\r\nSUB > 9", "chat_1\x00", "%2A", "chat_%31",
    "../x", "..", "chat_1/../chat_2", "chat_\uff11", "chät_1", "chat_" + "1" * 65,
    "chat_" + "1" * 10_000, "🦊",
]  # fmt: skip
AS_TYPED = ["*", "%2A", "%3E", "a.b", "chat_1%0D%0A", "%2e%2e%2fx"]
NOWHERE = [
    "/", "/ws", "/ws/turbo_stream", "/ws/turbo_stream/chat_1", "/sse/turbo_stream/chat_1",
    "/ws/turbo_streams/chat_1/", "/chat_1/", "/live/", "/favicon.ico",
]  # fmt: skip
FOREIGN = [
    "https://evil.example", "http://localhost.evil.example", "null", "http://", "//", "http://[",
    "x" * 4000,
]  # fmt: skip
LIMITS = [
    ("max_sockets_per_user", 429, "user"),
    ("max_sockets_per_address", 429, "address"),
    ("max_sockets", 503, "full"),
]


def stated(**changes: object) -> dict[str, object]:
    now = int(time.time())
    claims = {"sub": "1", "group": GROUP, "aud": "turbo-stream", "iat": now, "exp": now + 60}
    return claims | changes


async def ask_both(address: str, group: str, origin: str | None = None) -> list[Answer]:
    """Ask for a socket and for an event stream, with a good token."""
    token = token_for(group)
    return [
        await ask_socket(address, group, token, origin=origin),
        await ask_events(address, group, query=f"?token={token}", origin=origin),
    ]


async def statuses(address: str, group: str, origin: str | None = None) -> list[int]:
    return [answer.status for answer in await ask_both(address, group, origin)]


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
        assert all(each.headers["content-type"].startswith("text/plain") for each in answers)
        told += sum("no such group" in answer.reason for answer in answers)
    assert await measured(gateway, REFUSED, status="404") == told >= 2 * len(NAMES) - 1
    for path in AS_TYPED:
        assert (await ask_socket(gateway, path, token)).status == 404, path


async def test_a_page_of_another_site_is_forbidden_and_learns_nothing(gateway: str) -> None:
    for origin in FOREIGN:
        assert await statuses(gateway, "chat_1", origin) == [403, 403], origin
    assert await measured(gateway, REFUSED, status="403") == 2 * len(FOREIGN)
    answers = [
        *(await ask_both(gateway, "*", FOREIGN[0])),
        *(await ask_both(gateway, "chat_1", FOREIGN[0])),
        await ask_socket(gateway, "chat_1", origin=FOREIGN[0]),
        await ask_socket(gateway, "chat_1", "bad", origin=FOREIGN[0]),
    ]
    assert {(answer.status, answer.reason) for answer in answers} == {
        (403, "pages of this origin may not connect\n")
    }


async def test_a_page_of_the_gateways_own_host_and_a_client_that_is_no_browser_may_listen(
    gateway: str, web_bus: Bus
) -> None:
    for origin in (f"http://{gateway}", None):
        async with listening(gateway, "chat_1", origin=origin) as socket:
            await publish(web_bus, "chat_1", element("hello"))
            assert await socket.receive(1) == [element("hello")]
        assert await statuses(gateway, "chat_1", origin) == [LISTENS, LISTENS]


async def test_where_origins_are_listed_they_may_listen_and_no_other(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    async with gateway_with(allowed_origins=(ALLOWED,)) as address:
        async with listening(address, "chat_1", origin=ALLOWED) as socket:
            await publish(web_bus, "chat_1", element("hello"))
            assert await socket.receive(1) == [element("hello")]
        assert await statuses(address, "chat_1", ALLOWED) == [LISTENS, LISTENS]
        for origin in (f"http://{address}", "http://chat.example", f"{ALLOWED}.evil.example"):
            assert await statuses(address, "chat_1", origin) == [403, 403], origin


async def test_a_good_token_is_admitted_each_way(gateway: str) -> None:
    for token in (token_for("chat_1"), signed(stated())):
        for answer in await ask_each_way(gateway, "chat_1", token):
            assert answer.status == LISTENS


async def test_a_stock_socket_with_its_token_in_the_query_listens(
    gateway: str, web_bus: Bus
) -> None:
    url = f"ws://{gateway}/ws/turbo_stream/chat_1/?token={token_for('chat_1')}"
    async with connect(url, proxy=None) as socket:
        assert socket.subprotocol is None
        await publish(web_bus, "chat_1", element("hello"))
        frame = await socket.recv()
    assert isinstance(frame, str)
    assert frame.startswith('<turbo-stream data-cursor="')


async def test_the_token_is_never_selected_as_the_subprotocol(gateway: str) -> None:
    url, token = f"ws://{gateway}/ws/turbo_stream/chat_1/", token_for("chat_1")
    async with connect(url, proxy=None, subprotocols=[f"t.{token}"]) as socket:  # type: ignore[list-item]  # a NewType of str
        assert socket.subprotocol is None
        assert token not in str(socket.response)


async def test_a_bad_token_is_unauthorized_and_one_of_another_group_forbidden(gateway: str) -> None:
    for token, status, reason in (
        (forged("chat_1"), 401, "not signed"),
        (minted_at("chat_1", time.time() - 100), 401, "expired"),
        (signed(stated(group="*")), 401, "claims"),
        ("x" * 3000, 401, "not readable"),
        (token_for("chat_11"), 403, "another group"),
    ):
        answer = await refused_each_way(gateway, "chat_1", token)
        assert (answer.status, reason in answer.reason) == (status, True), answer
        assert answer.headers.get("www-authenticate", "").startswith("Bearer") is (status == 401)
    for answer in (await ask_socket(gateway, "chat_1"), await ask_events(gateway, "chat_1")):
        assert (answer.status, "t.<token>" in answer.reason) == (401, True)


async def test_more_than_one_token_or_position_is_refused(gateway: str) -> None:
    good = token_for("chat_1")
    answers = [
        await ask_socket(gateway, "chat_1", good, good),
        await ask_socket(gateway, "chat_1", good, query=f"?token={good}"),
        await ask_socket(gateway, "chat_1", good, query="?since=1&since=2"),
        await ask_events(gateway, "chat_1", query=f"?token={good}&token=bad"),
        await ask_events(gateway, "chat_1", query=f"?token={good}&since=&since="),
    ]
    assert [answer.status for answer in answers] == [400] * len(answers)


async def test_a_client_that_is_refused_opens_nothing(gateway: str) -> None:
    await ask_both(gateway, "chat_1", "https://evil.example")
    await ask_socket(gateway, "chat_1", "bad")
    await ask_events(gateway, "chat_1", query=f"?token={token_for('chat_2')}")
    for name in ("groups", "users", "sockets"):
        assert await measured(gateway, f"natter_realtime_{name}") == 0


async def test_an_address_that_is_none_is_not_found_whatever_asks(gateway: str) -> None:
    for path in NOWHERE:
        url = f"{gateway}{path}?token={token_for('chat_1')}"
        async with http_client() as client:
            plain = await client.get(f"http://{url}")
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{url}", proxy=None):
                pass
        upgrade = refused.value.response
        body = bytes(upgrade.body or b"").decode()
        assert plain.status_code == upgrade.status_code == 404, path
        for answer in (plain, upgrade):
            assert answer.headers["content-type"].startswith("text/plain"), path
        for text in (plain.text, body):
            assert "/ws/turbo_stream/<group>/" in text, path
            assert "the slash at the end" in text, path


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


@asynccontextmanager
async def reading_events(address: str, group: str) -> AsyncIterator[None]:
    url = f"http://{address}/sse/turbo_stream/{group}/?token={token_for(group)}"
    async with http_client() as client, client.stream("GET", url) as answer:
        assert answer.status_code == 200
        yield


async def until_nobody_listens(address: str) -> None:
    for name in ("natter_realtime_sockets", "natter_realtime_users"):
        await until_measured(address, name, 0)


async def test_a_limit_is_exact_and_a_place_is_free_again(gateway_with: GatewayWith) -> None:
    for limit, status, said in LIMITS:
        async with gateway_with(**{limit: 2}) as address:
            for _ in range(2):
                async with listening(address, "chat_1"), reading_events(address, "chat_2"):
                    for answer in await ask_both(address, "chat_3"):
                        assert (answer.status, said in answer.reason) == (status, True), limit
                        assert int(answer.headers["retry-after"]) > 0
                await until_nobody_listens(address)
            # A client that may not listen uses nothing up.
            async with listening(address, "chat_1"):
                for token in ("bad", token_for("chat_2"), token_for("chat_2")):
                    assert (await ask_socket(address, "chat_1", token)).status in {401, 403}
                assert (await ask_socket(address, "chat_3", token_for("chat_3"))).status == LISTENS


async def test_one_user_does_not_take_anothers_places(gateway_with: GatewayWith) -> None:
    async with gateway_with(max_sockets_per_user=1) as address, AsyncExitStack() as open_:
        for user in ("1", "2", "3"):
            await open_.enter_async_context(listening(address, "chat_1", user=user))
        assert await measured(address, "natter_realtime_users") == 3
        for user in ("1", "2", "3"):
            answer = await ask_socket(address, "chat_2", token_for("chat_2", user))
            assert answer.status == 429


async def test_sockets_that_vanish_give_their_places_back(gateway_with: GatewayWith) -> None:
    async with gateway_with(max_sockets=3) as address:
        for _ in range(2):
            async with AsyncExitStack() as open_:
                sockets = [
                    await open_.enter_async_context(listening(address, "chat_1")) for _ in range(3)
                ]
                assert (await ask_socket(address, "chat_1", token_for("chat_1"))).status == 503
                for socket in sockets:
                    socket.connection.transport.abort()
            await until_nobody_listens(address)
