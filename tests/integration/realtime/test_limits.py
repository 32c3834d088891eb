"""Limits at a real gateway: exact, shared by sockets and event streams, given back at the end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.asking import LISTENS, ask_events, ask_socket
from tests.support.http import http_client
from tests.support.sockets import listening, measured, until_measured
from tests.support.stack import realtime_settings, serving_gateway
from tests.support.tokens import token_for

LIMITS = [
    ("max_sockets_per_user", 429, "user"),
    ("max_sockets_per_address", 429, "address"),
    ("max_sockets", 503, "full"),
]


@asynccontextmanager
async def limited(nats_server: NatsServer, **limits: int) -> AsyncIterator[str]:
    async with serving_gateway(realtime_settings(nats_server, **limits)) as address:
        yield address


@asynccontextmanager
async def reading_events(address: str, group: str) -> AsyncIterator[None]:
    url = f"http://{address}/sse/turbo_stream/{group}/?token={token_for(group)}"
    async with http_client() as client, client.stream("GET", url) as answer:
        assert answer.status_code == 200
        yield


async def until_nobody_is_there(address: str) -> None:
    for name in ("natter_realtime_sockets", "natter_realtime_users"):
        await until_measured(address, name, 0)


async def test_a_limit_is_met_exactly_and_a_place_is_free_again(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    for limit, status, said in LIMITS:
        async with limited(nats_server, **{limit: 2}) as address:
            for _ in range(2):
                async with listening(address, "chat_1"), reading_events(address, "chat_2"):
                    for answer in (
                        await ask_socket(address, "chat_3", token_for("chat_3")),
                        await ask_events(address, "chat_3", query=f"?token={token_for('chat_3')}"),
                    ):
                        assert (answer.status, said in answer.reason) == (status, True), limit
                        assert int(answer.headers["retry-after"]) > 0
                await until_nobody_is_there(address)
            assert (await ask_socket(address, "chat_3", token_for("chat_3"))).status == LISTENS


async def test_one_user_does_not_take_anothers_places(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    async with limited(nats_server, max_sockets_per_user=1) as address, AsyncExitStack() as open_:
        for user in ("1", "2", "3"):
            await open_.enter_async_context(listening(address, "chat_1", user=user))
        assert await measured(address, "natter_realtime_users") == 3
        for user in ("1", "2", "3"):
            answer = await ask_socket(address, "chat_2", token_for("chat_2", user))
            assert answer.status == 429


async def test_sockets_that_vanish_give_their_places_back(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    async with limited(nats_server, max_sockets=3) as address:
        for _ in range(3):
            async with AsyncExitStack() as open_:
                sockets = [
                    await open_.enter_async_context(listening(address, "chat_1")) for _ in range(3)
                ]
                assert (await ask_socket(address, "chat_1", token_for("chat_1"))).status == 503
                for socket in sockets:
                    socket.connection.transport.abort()
            await until_nobody_is_there(address)


async def test_whoever_may_not_come_in_uses_no_place_up(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    async with limited(nats_server, max_sockets=1) as address:
        for token in ("bad", token_for("chat_2"), token_for("chat_2")):
            assert (await ask_socket(address, "chat_1", token)).status in {401, 403}
        assert (await ask_socket(address, "chat_1", token_for("chat_1"))).status == LISTENS
