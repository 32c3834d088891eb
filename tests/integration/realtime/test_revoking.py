"""Revocations reach listeners at once, and gateways that were not listening when they came."""

import time
from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.local.nats_server import running_nats
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import Revocation
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import CONTROL, REVOKE_SUBJECT
from tests.integration.realtime.conftest import GatewayWith
from tests.support.asking import LISTENS, ask_each_way, ask_socket, refused_each_way, revoke
from tests.support.http import http_client
from tests.support.outages import Outage
from tests.support.sockets import element, listening, publish
from tests.support.stack import realtime_settings, serving_gateway
from tests.support.tokens import token_for
from tests.support.waiting import until

MALFORMED = [b"", b"{}", b'{"user":"1","at":1,"renew":true,"come_back":true}', b"[" * 100_000]


async def test_who_is_to_renew_comes_back_with_a_fresh_token_and_misses_nothing(
    gateway: str, web_bus: Bus
) -> None:
    before = token_for("chat_1", "7")
    async with (
        listening(gateway, "chat_1", token=before) as one,
        listening(gateway, "chat_2", user="7") as two,
        listening(gateway, "chat_1", user="8") as other,
    ):
        await publish(web_bus, "chat_1", element("before"))
        assert await one.receive(1) == [element("before")]
        await revoke(web_bus, user="7", renew=True)
        for socket in (one, two):
            assert await socket.close_code() == 4005
            assert socket.connection.close_reason == "token expired"
        fresh = token_for("chat_1", "7")
        await publish(web_bus, "chat_1", element("meanwhile"))
        async with listening(gateway, "chat_1", token=fresh, since=one.cursor) as back:
            assert await back.receive(1) == [element("meanwhile")]
        assert "revoked" in (await refused_each_way(gateway, "chat_1", before)).reason
        assert await other.receive(2) == [element("before"), element("meanwhile")]


async def test_a_token_that_was_minted_beside_the_revocation_is_refused(
    gateway: str, web_bus: Bus
) -> None:
    """Its session was found after `at`, just before the transaction ended that had closed it."""
    revocation = Revocation(user="7", at=time.time() - 5, renew=True)
    beside = token_for("chat_1", "7")
    async with listening(gateway, "chat_1", user="7") as socket:
        await web_bus.publish(REVOKE_SUBJECT, revocation.model_dump_json().encode(), "revocation")
        assert await socket.close_code() == 4005
    assert (await ask_socket(gateway, "chat_1", beside)).status == 403


async def test_a_gateway_that_starts_later_knows_them(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    tokens = {user: token_for("chat_1", user) for user in ("1", "2", "3", "4")}
    await web_bus.publish(REVOKE_SUBJECT, MALFORMED[0], "malformed")
    await revoke(web_bus, user="2", renew=True)
    for payload in MALFORMED[1:]:
        await web_bus.client.publish(REVOKE_SUBJECT, payload)
    await revoke(web_bus, user="3")
    await revoke(web_bus, user="4", come_back=True)
    await web_bus.publish("control.other", b'{"user":"1","at":1e9}', "other")
    async with gateway_with() as address:
        for user, token in tokens.items():
            statuses = {answer.status for answer in await ask_each_way(address, "chat_1", token)}
            assert statuses == {403 if user in "23" else LISTENS}, user
        for user in tokens:
            fresh = token_for("chat_1", user)
            assert (await ask_socket(address, "chat_1", fresh)).status == LISTENS, user


async def test_one_starts_beside_a_web_that_has_not_made_the_stream(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    await web_bus.jetstream.delete_stream(CONTROL)
    async with gateway_with() as address, listening(address, "chat_1", user="7") as socket:
        await revoke(web_bus, user="7", renew=True)
        assert await socket.close_code() == 4005


@pytest_asyncio.fixture
async def away(outage: Outage) -> AsyncIterator[str]:
    """A gateway whose NATS the test takes away."""
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
    async with serving_gateway(realtime_settings(outage.server)) as address:
        yield address


async def revoke_meanwhile(outage: Outage) -> None:
    """Publish on the same streams at another port, where no gateway listens."""
    with running_nats(outage.folder) as elsewhere:
        async with open_bus(elsewhere.url("web"), name="test-web") as bus:
            await revoke(bus, user="2", renew=True)
            await revoke(bus, user="3", group="chat_1")
            await revoke(bus, user="4", come_back=True)


async def test_one_that_was_cut_off_closes_the_sockets_when_it_is_back(
    outage: Outage, away: str
) -> None:
    before = {user: token_for("chat_1", user) for user in ("1", "2", "3", "4")}
    async with (
        listening(away, "chat_1", token=before["1"]) as untouched,
        listening(away, "chat_1", token=before["2"]) as renewing,
        listening(away, "chat_1", token=before["3"]) as revoked,
        listening(away, "chat_2", user="3") as elsewhere,
        listening(away, "chat_1", token=before["4"]) as kicked,
    ):
        outage.begin()
        await revoke_meanwhile(outage)
        outage.end()
        assert await renewing.close_code() == 4005
        assert await revoked.close_code() == 4503

        async def is_ready() -> bool:
            async with http_client() as client:
                return (await client.get(f"http://{away}/ready")).status_code == 200

        await until(is_ready)
        for user, token in before.items():
            expected = 403 if user in "23" else LISTENS
            assert (await ask_socket(away, "chat_1", token)).status == expected, user
        async with open_bus(outage.server.url("web"), name="test-web") as bus:
            for group in ("chat_1", "chat_2"):
                await publish(bus, group, element(group))
        for socket, group in ((untouched, "chat_1"), (elsewhere, "chat_2"), (kicked, "chat_1")):
            assert await socket.receive(1) == [element(group)]
