"""Fenced publishing: the server refuses what a former writer sends late."""

import asyncio
from dataclasses import dataclass, field, replace
from itertools import chain

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus import acks, publishing
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.fence import Fence
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import TURBO_STREAM
from tests.faults.cutter import cutting
from tests.integration.bus.test_bus import until_connected
from tests.support.waiting import DEADLINE_SECONDS, until

SUBJECT = "turbo_stream.chat_1"


class LostError(Exception):
    """Another writer has the subject."""


@dataclass
class Writer:
    """Publishes until it loses its right."""

    bus: Bus
    tries: int = 0
    is_lost: bool = False
    fence: Fence = field(init=False)

    def __post_init__(self) -> None:
        self.fence = Fence(self.bus, SUBJECT, self._assure, self._confirm)

    async def publish(self, text: str) -> int:
        return (await self.fence.publish(text.encode(), text)).seq

    async def _assure(self) -> None:
        self.tries += 1
        await self._confirm()

    async def _confirm(self) -> None:
        if self.is_lost:
            raise LostError


async def _stored(bus: Bus) -> list[bytes]:
    return [message.payload for message in await read_all(bus, TURBO_STREAM, SUBJECT)]


async def test_one_writer_publishes_in_order_and_asks_before_every_try(web_bus: Bus) -> None:
    await web_bus.publish(SUBJECT, b"older", "older")
    writer = Writer(web_bus)
    assert [await writer.publish(text) for text in "abc"] == [2, 3, 4]
    # Once more than it has published: it did not know the older message.
    assert writer.tries == 4
    assert await _stored(web_bus) == [b"older", b"a", b"b", b"c"]


async def test_messages_of_others_in_between_do_no_harm(web_bus: Bus) -> None:
    writers = [Writer(web_bus) for _ in range(5)]

    async def publish(number: int, writer: Writer) -> list[int]:
        return [await writer.publish(f"{number}-{turn}") for turn in range(10)]

    numbers = await asyncio.gather(*(publish(*pair) for pair in enumerate(writers)))
    assert sorted(chain(*numbers)) == list(range(1, 51))
    assert all(own == sorted(own) for own in numbers)


async def test_a_stored_message_whose_ack_was_lost_is_found_and_not_stored_twice(
    nats_server: NatsServer, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for an ack is so short that it always ends before the ack comes."""
    monkeypatch.setattr(acks, "ACK_SECONDS", 0.000_001)
    monkeypatch.setattr(publishing, "RETRY_SECONDS", 0.01)
    async with open_bus(nats_server.url("ai"), name="test-impatient") as bus:
        writer = Writer(bus)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(writer.publish("a"))

            await _until_stored(web_bus, 1)
            await web_bus.client.publish(SUBJECT, b"between")
            await _until_stored(web_bus, 2)
            monkeypatch.setattr(acks, "ACK_SECONDS", 2.0)
        assert sending.result() == 1
        assert await writer.publish("b") == 3
    assert await _stored(web_bus) == [b"a", b"between", b"b"]


async def test_a_late_delivery_by_the_network_is_refused_after_a_takeover(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    """The client has written it, and takes itself for connected all the time."""
    async with cutting(f"127.0.0.1:{nats_server.port}") as link:
        seen = replace(nats_server, port=int(link.address.rpartition(":")[2]))
        async with open_bus(seen.url("ai"), name="test-held") as bus:
            first, second = Writer(bus), Writer(web_bus)
            await first.publish("begun")
            link.hold()
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(_is_lost(first, "late"))

                async def is_written() -> bool:
                    return first.tries == 2 and bus.client.pending_data_size == 0

                await until(is_written)
                await second.publish("taken over")
                first.is_lost = True
                link.restore()
            assert sending.result()
            await until_connected(bus)
            await bus.client.flush(DEADLINE_SECONDS)
    assert await _stored(web_bus) == [b"begun", b"taken over"]


async def _until_stored(bus: Bus, count: int) -> None:
    async def is_so() -> bool:
        return len(await _stored(bus)) == count

    await until(is_so)


async def _is_lost(writer: Writer, text: str) -> bool:
    with pytest.raises(LostError):
        await writer.publish(text)
    return True
