"""`natter kick`: what it asks the gateways for, and that a gateway does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time

import pytest
from nats.aio.subscription import Subscription

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import CONTROL_SUBJECTS, REVOKE_SUBJECT
from tests.support.nats import until_read
from tests.support.shell import Shell
from tests.support.sockets import element, listening, publish
from tests.support.waiting import DEADLINE_SECONDS

NOWHERE = "nats://127.0.0.1:1"
KICKED = 4011
REVOKED = 4503
ASKED = "asked the gateways to close the sockets"
NAMED = [
    (["--user", "7"], ("7", None), "of user 7 in every group"),
    (["--group", "chat_1"], (None, "chat_1"), "of everybody in chat_1"),
    (["--user", "7", "--group", "chat_1"], ("7", "chat_1"), "of user 7 in chat_1"),
]
REFUSED = [
    ([], "name a user, a group or both"),
    (["--revoke"], "name a user, a group or both"),
    (["--user", ""], "a user is 1 to 128"),
    (["--user", "two words"], "a user is 1 to 128"),
    (["--user", "\x1b[2J"], "a user is 1 to 128"),
    (["--user", "x" * 129], "a user is 1 to 128"),
    (["--group", "*"], "a group is a lower-case word"),
    (["--group", ""], "a group is a lower-case word"),
    (["--user", "7", "--group", "chat_1.x"], "a group is a lower-case word"),
]


@asynccontextmanager
async def hearing(server: NatsServer) -> AsyncIterator[Subscription]:
    """Hear what gateways hear."""
    async with open_bus(server.url("realtime"), name="test-realtime") as bus:
        heard = await bus.client.subscribe(CONTROL_SUBJECTS)
        await until_read(bus.client)
        yield heard


@pytest.mark.parametrize("revoke", [False, True])
@pytest.mark.parametrize(("arguments", "named", "told"), NAMED)
async def test_the_gateways_are_asked_for_what_was_named(
    natter: Shell,
    nats_server: NatsServer,
    arguments: list[str],
    named: tuple[str | None, str | None],
    told: str,
    *,
    revoke: bool,
) -> None:
    before = time()
    flags = ["--revoke"] if revoke else []
    then = "tokens issued until now are refused" if revoke else "they may come back at once"
    async with hearing(nats_server) as heard:
        done = await natter.run("kick", *arguments, *flags, url=nats_server.url("operator"))
        message = await heard.next_msg(timeout=DEADLINE_SECONDS)
    assert (done.status, done.errors) == (0, "")
    assert done.output == f"{ASKED} {told}; {then}\n"
    asked = Revocation.model_validate_json(message.data)
    assert message.subject == REVOKE_SUBJECT
    assert (asked.user, asked.group) == named
    assert asked.come_back is not revoke
    assert before <= asked.at <= time()


async def test_what_names_nobody_is_refused_with_the_reason(natter: Shell) -> None:
    async def check(arguments: list[str], reason: str) -> None:
        refused = await natter.run("kick", *arguments, url=NOWHERE)
        assert (refused.status, refused.output) == (2, ""), arguments
        assert refused.errors.startswith(f"natter: refused: {reason}")
        assert refused.errors.count("\n") == 1

    async with asyncio.TaskGroup() as tasks:
        for arguments, reason in REFUSED:
            tasks.create_task(check(arguments, reason))


async def test_a_user_who_may_send_nobody_away_is_told_so(
    natter: Shell, nats_server: NatsServer
) -> None:
    failed = await natter.run("kick", "--user", "7", url=nats_server.url("publisher"))
    assert (failed.status, failed.output) == (1, "")
    assert "lets this user send nobody away" in failed.errors


async def test_without_an_address_it_says_so(natter: Shell) -> None:
    refused = await natter.run("kick", "--user", "7", url=None)
    assert (refused.status, refused.output) == (2, "")
    assert "operator.env" in refused.errors


async def test_a_wrong_password_is_named_as_that_and_not_shown(
    natter: Shell, nats_server: NatsServer
) -> None:
    url = f"nats://operator:nwrong-secret@127.0.0.1:{nats_server.port}"
    failed = await natter.run("kick", "--user", "7", url=url)
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors == (
        "natter: NATS refused the connection: are the user and the password right?\n"
    )


async def test_without_a_server_it_says_so(natter: Shell) -> None:
    failed = await natter.run("kick", "--user", "7", url=NOWHERE)
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors.startswith("natter: no connection to NATS")


async def test_a_kicked_user_is_sent_away_and_may_come_back(
    natter: Shell, gateway: str, nats_server: NatsServer, web_bus: Bus
) -> None:
    url = nats_server.url("operator")
    async with (
        listening(gateway, "chat_1", user="7") as kicked,
        listening(gateway, "chat_1", user="8") as other,
    ):
        assert (await natter.run("kick", "--user", "7", url=url)).status == 0
        assert await kicked.close_code() == KICKED
        async with listening(gateway, "chat_1", user="7") as back:
            await publish(web_bus, "chat_1", element("Hello"))
            assert await back.receive(1) == [element("Hello")]
        assert await other.receive(1) == [element("Hello")]


async def test_a_revoked_user_is_sent_away_for_good(
    natter: Shell, gateway: str, nats_server: NatsServer
) -> None:
    url = nats_server.url("operator")
    async with listening(gateway, "chat_1", user="7") as revoked:
        done = await natter.run("kick", "--user", "7", "--group", "chat_1", "--revoke", url=url)
        assert done.status == 0
        assert await revoked.close_code() == REVOKED
