"""Reads of the stream on a real server: bounds, heads, reads after a number, the tail."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.realtime.nats_reading import direct_get, jetstream_reader
from services.realtime.nats_reading.direct_get import StoredPublication
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import StreamBounds
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import TURBO_STREAM, Group, check_group
from tests.support.outages import Outage
from tests.support.sockets import element, publish
from tests.support.waiting import until

PLENTY = 512 * 1024 * 1024
ONE, OTHER, SILENT = (check_group(f"chat_{number}") for number in (1, 2, 3))


@pytest_asyncio.fixture
async def reader(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[JetStreamReader]:
    async with open_bus(nats_server.url("realtime"), name="test-realtime") as bus:
        reader = JetStreamReader(bus.client)
        await reader.open()
        yield reader


async def publish_all(bus: Bus, *publications: tuple[str, str]) -> None:
    for group, html in publications:
        await publish(bus, group, html)


async def publish_at_once(bus: Bus, groups: list[Group], html: str = "") -> None:
    """Publish in every group, a few hundred at a time, in no particular order."""
    for begin in range(0, len(groups), 200):
        async with asyncio.TaskGroup() as tasks:
            for group in groups[begin : begin + 200]:
                tasks.create_task(publish(bus, group, html or element(group)))


async def tailed(reader: JetStreamReader, seconds: float) -> list[StoredPublication]:
    return [stored async for batch in reader.tail(seconds) for stored in batch]


async def test_a_stream_without_messages_has_bounds_and_nothing_in_it(
    reader: JetStreamReader,
) -> None:
    bounds = await reader.bounds()
    assert bounds == StreamBounds(bounds.epoch, 0, 0)
    assert await reader.heads([ONE]) == {}
    assert await reader.head_of(ONE) == 0
    assert await reader.read(ONE, 0, limit=PLENTY) == []
    assert await tailed(reader, 60) == []


async def test_bounds_tell_what_is_there_and_what_has_gone(
    reader: JetStreamReader, web_bus: Bus
) -> None:
    before = await reader.bounds()
    await publish_all(web_bus, *[(ONE, element("x"))] * 5)
    await web_bus.jetstream.purge_stream(TURBO_STREAM, keep=2)
    assert await reader.bounds() == StreamBounds(before.epoch, 4, 5)
    await web_bus.jetstream.purge_stream(TURBO_STREAM)
    assert await reader.bounds() == StreamBounds(before.epoch, 6, 5)


async def test_heads_are_told_of_the_groups_that_have_any(
    reader: JetStreamReader, web_bus: Bus
) -> None:
    await publish_all(web_bus, (ONE, element("a")), (OTHER, element("b")), (ONE, element("c")))
    assert await reader.heads([]) == {}
    assert await reader.heads([ONE]) == {ONE: 3}
    assert await reader.heads([SILENT]) == {}
    assert await reader.heads([SILENT, OTHER, ONE]) == {OTHER: 2, ONE: 3}
    assert (await reader.head_of(OTHER), await reader.head_of(SILENT)) == (2, 0)


async def test_heads_of_more_groups_and_bytes_than_one_answer_holds(
    reader: JetStreamReader, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jetstream_reader, "MAX_SUBJECTS", 50)
    monkeypatch.setattr(jetstream_reader, "BATCH_BYTES", 100_000)
    groups = [check_group(f"chat_{number}") for number in range(120)]
    await publish_at_once(web_bus, groups[:100])
    await publish_at_once(web_bus, groups[100:], element("x" * 30_000))
    heads = await reader.heads([*groups, check_group("chat_none")])
    assert sorted(heads.values()) == list(range(1, 121))
    assert heads.keys() == set(groups)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(reader.head_of(group)) for group in groups]
    assert [task.result() for task in asked] == [heads[group] for group in groups]


async def test_a_read_begins_after_the_number_and_holds_one_group(
    reader: JetStreamReader, web_bus: Bus
) -> None:
    sent = [(ONE if number % 2 else OTHER, element(str(number))) for number in range(1, 9)]
    await publish_all(web_bus, *sent)
    for after, expected in ((0, [1, 3, 5, 7]), (1, [3, 5, 7]), (2, [3, 5, 7]), (6, [7]), (7, [])):
        read = await reader.read(ONE, after, limit=PLENTY)
        assert read == [
            StoredPublication(number, ONE, element(str(number)).encode()) for number in expected
        ]
    assert await reader.read(ONE, 10**18, limit=PLENTY) == []


async def test_a_read_of_more_messages_or_bytes_than_a_batch_is_whole(
    reader: JetStreamReader, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_get, "BATCH_MESSAGES", 20)
    await publish_at_once(web_bus, [ONE] * 41)
    assert await numbers_in(reader) == list(range(1, 42))
    monkeypatch.setattr(direct_get, "BATCH_BYTES", 100_000)
    await publish_all(web_bus, *[(ONE, element("x" * 90_000))] * 5, (ONE, element("small")))
    assert await numbers_in(reader) == list(range(1, 48))


async def numbers_in(reader: JetStreamReader) -> list[int]:
    read = await reader.read(ONE, 0, limit=PLENTY)
    assert read is not None
    return [stored.sequence for stored in read]


async def test_the_limit_of_a_read_is_exact(reader: JetStreamReader, web_bus: Bus) -> None:
    html = element("x" * 100)
    await publish_all(web_bus, *[(ONE, html), (OTHER, element("y" * 5000))] * 3)
    size = 3 * len(html)
    read = await reader.read(ONE, 0, limit=size)
    assert read is not None
    assert len(read) == 3
    assert await reader.read(ONE, 0, limit=size - 1) is None
    assert await reader.read(ONE, 0, limit=0) is None
    assert await reader.read(SILENT, 0, limit=0) == []


async def test_the_tail_is_all_groups_in_order_and_only_what_is_young(
    reader: JetStreamReader, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_get, "BATCH_MESSAGES", 20)
    count = 30
    groups = [ONE if number % 3 else OTHER for number in range(count)]
    await publish_at_once(web_bus, groups)
    tail = await tailed(reader, 60)
    assert [stored.sequence for stored in tail] == list(range(1, count + 1))
    assert {stored.group for stored in tail} == {ONE, OTHER}
    assert await tailed(reader, 0) == []


async def test_what_a_publisher_writes_into_its_headers_confuses_no_read(
    reader: JetStreamReader, web_bus: Bus
) -> None:
    for name, value in (
        ("Status", "204"),
        ("Status", "503"),
        ("Nats-Sequence", "99"),
        ("Nats-Subject", "turbo_stream.chat_2"),
        ("Nats-Num-Pending", "7"),
    ):
        await web_bus.jetstream.publish("turbo_stream.chat_1", b"x", headers={name: value})
    read = await reader.read(ONE, 0, limit=PLENTY)
    assert read == [StoredPublication(number, ONE, b"x") for number in range(1, 6)]
    assert await reader.heads([ONE, OTHER]) == {ONE: 5}


def objects_of_direct_get() -> int:
    """Count the module's objects that are still alive."""
    gc.collect()
    return sum(type(each).__module__ == direct_get.__name__ for each in gc.get_objects())


async def read_and_cancel(reader: JetStreamReader) -> None:
    async with asyncio.TaskGroup() as tasks:
        for turns in range(30):
            reading = tasks.create_task(reader.read(ONE, 0, limit=PLENTY))
            asking = tasks.create_task(reader.head_of(ONE))
            for _ in range(turns):
                await asyncio.sleep(0)
            reading.cancel()
            asking.cancel()


async def test_reads_that_are_cancelled_leave_nothing_behind(
    reader: JetStreamReader, web_bus: Bus
) -> None:
    await publish_at_once(web_bus, [ONE] * 50)
    await reader.head_of(ONE)  # the loop keeps the last answer for a while
    before = objects_of_direct_get()
    await read_and_cancel(reader)
    assert await reader.head_of(ONE) == 50
    assert objects_of_direct_get() <= before


async def expect_away(reader: JetStreamReader) -> None:
    for question in (
        reader.bounds(),
        reader.head_of(ONE),
        reader.heads([ONE]),
        reader.read(ONE, 0, limit=PLENTY),
        tailed(reader, 60),
    ):
        with pytest.raises(BusAwayError):
            await question


async def test_without_a_stream_everything_is_away(reader: JetStreamReader, web_bus: Bus) -> None:
    await web_bus.jetstream.delete_stream(TURBO_STREAM)
    await expect_away(reader)
    await declare_streams(web_bus.jetstream)
    assert await reader.heads([ONE]) == {}


async def test_without_a_server_everything_is_away_and_comes_back(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asks in (direct_get, jetstream_reader):
        monkeypatch.setattr(asks, "ANSWER_SECONDS", 0.2)
    async with (
        open_bus(outage.server.url("web"), name="test-web") as web,
        open_bus(outage.server.url("realtime"), name="test-realtime") as bus,
    ):
        await declare_streams(web.jetstream)
        await publish(web, ONE, element("x"))
        reader = JetStreamReader(bus.client)
        await reader.open()
        outage.begin()
        await expect_away(reader)
        outage.end()

        async def is_back() -> bool:
            return bus.client.is_connected and web.client.is_connected

        await until(is_back)
        read = await reader.read(ONE, 0, limit=PLENTY)
        assert read is not None
        assert [stored.sequence for stored in read] == [1]
        assert await reader.head_of(ONE) == 1
