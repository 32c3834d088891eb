"""The bus on a real server that comes and goes: a message is stored once, or an error is raised."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.local.nats_server import NatsServer, running_nats
from services.shared.bus import acks, publishing
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import BusAwayError, MessageTooLargeError
from services.shared.bus.stream_management import declare_streams
from tests.support.ports import free_port
from tests.support.waiting import DEADLINE_SECONDS, until

SUBJECT = "turbo_stream.chat_1"


async def stored(bus: Bus) -> int:
    return (await bus.jetstream.stream_info("TURBO_STREAM")).state.messages


async def until_connected(bus: Bus, *, expected: bool = True) -> None:
    async def is_so() -> bool:
        return bus.client.is_connected is expected

    await until(is_so)


async def test_a_message_published_twice_is_stored_once(web_bus: Bus) -> None:
    acks = [await web_bus.publish(SUBJECT, b"hello", "the-same") for _ in range(3)]
    assert [ack.seq for ack in acks] == [1, 1, 1]
    assert [bool(ack.duplicate) for ack in acks] == [False, True, True]
    assert await stored(web_bus) == 1


async def test_a_message_that_is_too_large_is_refused_at_once(web_bus: Bus) -> None:
    with pytest.raises(MessageTooLargeError, match="are too many"):
        await web_bus.publish(SUBJECT, b"x" * (web_bus.max_payload + 1), "large")
    assert await stored(web_bus) == 0


async def test_a_bus_is_left_quietly_while_its_server_is_away(tmp_path: Path) -> None:
    with ExitStack() as running:
        server = running.enter_context(running_nats(tmp_path / "nats", port=free_port()))
        async with open_bus(server.url("web"), name="test") as bus:
            running.close()
            await until_connected(bus, expected=False)
            await bus.client.publish("control.nothing", b"which nobody will be sent")
    assert bus.client.is_closed


async def test_a_message_published_in_an_outage_is_stored_once_after_it(tmp_path: Path) -> None:
    with ExitStack() as running:
        server = running.enter_context(running_nats(tmp_path / "nats", port=free_port()))
        async with open_bus(server.url("web"), name="test") as bus:
            await declare_streams(bus.jetstream)
            await bus.publish(SUBJECT, b"before", "before")
            running.close()
            await until_connected(bus, expected=False)
            with pytest.raises(ConnectionError):
                await bus.check()
            async with asyncio.TaskGroup() as tasks:
                for number in range(5):
                    tasks.create_task(bus.publish(SUBJECT, b"x", f"during-{number}"))
                await asyncio.sleep(0)
                running.enter_context(running_nats(tmp_path / "nats", port=server.port))
            await bus.check()
            assert await stored(bus) == 6


async def test_a_publication_whose_ack_is_lost_is_not_stored_twice(
    nats_server: NatsServer, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for an ack is so short that it always ends before the ack comes."""
    monkeypatch.setattr(acks, "ACK_SECONDS", 0.000_001)
    monkeypatch.setattr(publishing, "RETRY_SECONDS", 0.01)
    async with open_bus(nats_server.url("ai"), name="test-impatient") as bus:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(bus.publish(SUBJECT, b"hello", "once"))

            async def is_stored() -> bool:
                return await stored(web_bus) > 0

            await until(is_stored)
            monkeypatch.setattr(acks, "ACK_SECONDS", 2.0)
        assert sending.result().seq == 1
    assert await stored(web_bus) == 1


async def test_a_publication_without_a_stream_is_given_up(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "GIVE_UP_SECONDS", 0.05)
    monkeypatch.setattr(publishing, "RETRY_SECONDS", 0.01)
    async with open_bus(nats_server.url("web"), name="test") as bus:
        with pytest.raises(BusAwayError, match=f"nothing stored on {SUBJECT}"):
            await bus.publish(SUBJECT, b"no stream takes this", "x")


async def test_opening_waits_for_a_server_that_is_still_to_come(tmp_path: Path) -> None:
    with running_nats(tmp_path / "nats", port=free_port()) as server:
        pass
    opened = asyncio.Event()

    async def open_and_leave() -> None:
        async with open_bus(server.url("web"), name="test") as bus:
            await bus.check()
            opened.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(open_and_leave())
        await asyncio.sleep(0)
        assert not opened.is_set()
        running = ExitStack()
        running.enter_context(running_nats(tmp_path / "nats", port=server.port))
        await asyncio.wait_for(opened.wait(), DEADLINE_SECONDS)
    running.close()


async def test_without_patience_the_reason_is_raised(nats_server: NatsServer) -> None:
    port = nats_server.port
    for url, reason in [
        ("nats://web:wrong@127.0.0.1:1", "no connection to NATS"),
        ("nats://web:wrong@127.0.0.1:1,nats://web:wrong@127.0.0.1:2", "is the stack running"),
        (f"nats://web:nwrong@127.0.0.1:{port}", "are the user and the password right"),
    ]:
        with pytest.raises(BusAwayError, match=reason) as refused:
            async with open_bus(url, name="test", patient=False):
                pass
        assert "wrong" not in str(refused.value)
