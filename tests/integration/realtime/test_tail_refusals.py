"""What `natter tail` says where it cannot begin, and how it waits while NATS is away."""

import asyncio

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.position import read_bounds
from services.shared.bus.stream_management import declare_streams
from tests.support.outages import Outage
from tests.support.shell import Shell
from tests.support.sockets import element, publish

NOWHERE = "nats://127.0.0.1:1"
REFUSED = [
    (["chat_*"], "a group is a lower-case word"),
    (["chat_1.x"], "a group is a lower-case word"),
    ([">"], "a group is a lower-case word"),
    ([""], "a group is a lower-case word"),
    (["chat_1", "--since", "5"], "a cursor is eight hex digits"),
    (["chat_1", "--since", ""], "a cursor is eight hex digits"),
    (["chat_1", "--since", "0f3a99c1.-1"], "a cursor is eight hex digits"),
]
WRONG_USAGE = [
    [],
    ["chat_1", "--last", "-1"],
    ["chat_1", "--last", "many"],
    ["chat_1", "--last", "10001"],
    ["chat_1", "--last", "1_0"],
    ["chat_1", "--last", "²"],
    ["chat_1", "--last", "9" * 5000],
    ["chat_1", "--last", "1", "--since", "0f3a99c1.1"],
]


async def test_what_names_no_place_is_refused_with_the_reason(natter: Shell) -> None:
    async def check(arguments: list[str], reason: str) -> None:
        refused = await natter.run("tail", *arguments, url=NOWHERE)
        assert (refused.status, refused.output) == (2, ""), arguments
        assert refused.errors.startswith(f"natter: refused: {reason}")
        assert refused.errors.count("\n") == 1

    async with asyncio.TaskGroup() as tasks:
        for arguments, reason in REFUSED:
            tasks.create_task(check(arguments, reason))


async def test_a_wrong_usage_is_shown_the_right_one(natter: Shell) -> None:
    async def check(arguments: list[str]) -> None:
        refused = await natter.run("tail", *arguments, url=NOWHERE)
        assert (refused.status, refused.output) == (2, "")
        assert refused.errors.startswith("usage: natter tail")
        assert " _" not in refused.errors  # what it is called inside

    async with asyncio.TaskGroup() as tasks:
        for arguments in WRONG_USAGE:
            tasks.create_task(check(arguments))


async def test_a_cursor_of_another_stream_is_refused(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    head = (await read_bounds(web_bus.client)).head
    url = nats_server.url("operator")
    for cursor in ("00000000.0", f"{head.epoch}.{head.sequence + 1}"):
        refused = await natter.run("tail", "chat_1", "--since", cursor, url=url)
        assert (refused.status, refused.output) == (2, "")
        assert "of another stream" in refused.errors


async def test_without_an_address_it_says_so(shell: Shell) -> None:
    refused = await shell.run("tail", "chat_1", url=None)
    assert (refused.status, refused.output) == (2, "")
    assert "NATS_URL is not set" in refused.errors
    assert "operator.env" in refused.errors


async def test_the_address_that_a_running_stack_wrote_down_is_found(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    await publish(web_bus, "chat_1", element("Hello"))
    notes = natter.folder / ".natter"
    notes.mkdir()
    (notes / "operator.env").write_text(f"NATS_URL={nats_server.url('operator')}\n")
    async with natter.running("tail", "chat_1", "--last", "1", url=None) as running:
        (line,) = await running.next_lines(1)
    assert line.endswith(element("Hello"))


async def test_a_wrong_password_is_named_as_that_and_not_shown(
    natter: Shell, nats_server: NatsServer
) -> None:
    url = f"nats://operator:nwrong-secret@127.0.0.1:{nats_server.port}"
    failed = await natter.run("tail", "chat_1", url=url)
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors == (
        "natter: NATS refused the connection: are the user and the password right?\n"
    )


@pytest.mark.parametrize("url", [NOWHERE, "nats://127.0.0.1:99999", "not an address", ""])
async def test_without_a_server_it_says_so(natter: Shell, url: str) -> None:
    failed = await natter.run("tail", "chat_1", url=url)
    assert failed.status in {1, 2}
    assert failed.output == ""
    assert failed.errors.startswith("natter: ")
    assert failed.errors.count("\n") == 1


@pytest.mark.usefixtures("web_bus")
async def test_a_user_who_may_not_read_is_told_who_may(
    natter: Shell, nats_server: NatsServer
) -> None:
    failed = await natter.run("tail", "chat_1", url=nats_server.url("publisher"))
    assert (failed.status, failed.output) == (1, "")
    assert "`operator` may" in failed.errors


async def test_a_server_without_streams_is_named_as_that(
    natter: Shell, nats_server: NatsServer
) -> None:
    failed = await natter.run("tail", "chat_1", url=nats_server.url("operator"))
    assert (failed.status, failed.output) == (1, "")
    assert "is it there" in failed.errors


async def test_it_outlives_an_outage_and_shows_what_was_published_meanwhile_once(
    natter: Shell, outage: Outage
) -> None:
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        url = outage.server.url("operator")
        async with natter.running("tail", "chat_1", url=url) as running:
            await running.next_remark()
            await publish(bus, "chat_1", element("before"))
            outage.begin()
            assert await running.next_remark() == "natter: NATS does not answer; waiting"
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(publish(bus, "chat_1", element("after")))
                outage.end()
            lines = await running.next_lines(2)
            assert [line.split("  ")[3] for line in lines] == [element("before"), element("after")]
            assert await running.next_remark() == "natter: NATS answers again"
            ended = await running.interrupt()
    assert (ended.status, ended.output, ended.errors) == (0, "", "")
