"""`natter kick`: what it asks the gateways for, and that a gateway does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time

import pytest
from nats.aio.subscription import Subscription

from deploy.local.nats_server import NatsServer
from services.realtime.cli import main
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import CONTROL_SUBJECTS, REVOKE_SUBJECT
from tests.support.logs import restored_logging
from tests.support.nats import until_read
from tests.support.shell import Shell
from tests.support.sockets import element, listening, publish
from tests.support.waiting import DEADLINE_SECONDS

__all__ = ["restored_logging"]

NOT_STORED = "not stored: a gateway that is starting, or has lost NATS, does not learn of it"
ASKED = "asked the gateways to close the sockets"
KICK, REVOKE = "they may come back at once", "tokens issued until now are refused"
ORDERS = [
    (["--user", "7"], ("7", None), f"of user 7 in every group; {KICK}"),
    (["--group", "chat_1"], (None, "chat_1"), f"of everybody in chat_1; {KICK}"),
    (
        ["--user", "7", "--group", "chat_1", "--revoke"],
        ("7", "chat_1"),
        f"of user 7 in chat_1; {REVOKE}",
    ),
]


@asynccontextmanager
async def received_by_gateways(server: NatsServer) -> AsyncIterator[Subscription]:
    async with open_bus(server.url("realtime"), name="test-realtime") as bus:
        received = await bus.client.subscribe(CONTROL_SUBJECTS)
        await until_read(bus.client)
        yield received


@pytest.mark.usefixtures("restored_logging")
async def test_the_gateways_are_asked_for_what_was_named(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NATS_URL", nats_server.url("operator"))
    async with received_by_gateways(nats_server) as received:
        for arguments, named, told in ORDERS:
            before = time()
            assert await asyncio.to_thread(main, ["kick", *arguments]) == 0
            message = await received.next_msg(timeout=DEADLINE_SECONDS)
            is_kick = told.endswith(KICK)
            said = [f"{ASKED} {told}"] if is_kick else [f"{ASKED} {told}", NOT_STORED]
            assert capsys.readouterr() == ("".join(f"{line}\n" for line in said), "")
            asked = Revocation.model_validate_json(message.data)
            assert message.subject == REVOKE_SUBJECT
            assert (asked.user, asked.group) == named
            assert asked.come_back is is_kick
            assert before <= asked.at <= time()


async def test_a_kicked_user_may_come_back_and_a_revoked_one_may_not(
    natter: Shell, gateway: str, nats_server: NatsServer, web_bus: Bus
) -> None:
    url = nats_server.url("operator")
    async with (
        listening(gateway, "chat_1", user="7") as kicked,
        listening(gateway, "chat_1", user="8") as other,
    ):
        assert (await natter.run("kick", "--user", "7", url=url)).status == 0
        assert await kicked.close_code() == 4011
        async with listening(gateway, "chat_1", user="7") as back:
            await publish(web_bus, "chat_1", element("Hello"))
            assert await back.receive(1) == [element("Hello")]
            done = await natter.run("kick", "--user", "7", "--group", "chat_1", "--revoke", url=url)
            assert done.status == 0
            assert NOT_STORED not in done.output
            assert await back.close_code() == 4503
        assert await other.receive(1) == [element("Hello")]
