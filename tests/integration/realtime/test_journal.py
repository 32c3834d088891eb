"""Reading the stream on a real server: heads, what came after a number, what came of late."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.realtime.nats_reading import direct_get as module
from services.realtime.nats_reading.direct_get import BATCH_BYTES, BATCH_MESSAGES, Stored
from services.realtime.nats_reading.journal import Journal
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
async def journal(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[Journal]:
    async with open_bus(nats_server.url("realtime"), name="test-realtime") as bus:
        journal = Journal(bus.client)
        await journal.open()
        yield journal


async def publish_all(bus: Bus, *publications: tuple[str, str]) -> None:
    for group, html in publications:
        await publish(bus, group, html)


async def publish_at_once(bus: Bus, groups: list[Group], html: str = "") -> None:
    """Publish in every group, a few hundred at a time, in no particular order."""
    for begin in range(0, len(groups), 200):
        async with asyncio.TaskGroup() as tasks:
            for group in groups[begin : begin + 200]:
                tasks.create_task(publish(bus, group, html or element(group)))


async def tailed(journal: Journal, seconds: float) -> list[Stored]:
    return [stored async for batch in journal.tail(seconds) for stored in batch]


async def test_a_stream_without_messages_has_bounds_and_nothing_in_it(journal: Journal) -> None:
    bounds = await journal.bounds()
    assert bounds == StreamBounds(bounds.epoch, 0, 0)
    assert await journal.heads([ONE]) == {}
    assert await journal.head_of(ONE) == 0
    assert await journal.read(ONE, 0, limit=PLENTY) == []
    assert await tailed(journal, 60) == []


async def test_bounds_tell_what_is_there_and_what_has_gone(journal: Journal, web_bus: Bus) -> None:
    before = await journal.bounds()
    await publish_all(web_bus, *[(ONE, element("x"))] * 5)
    await web_bus.jetstream.purge_stream(TURBO_STREAM, keep=2)
    assert await journal.bounds() == StreamBounds(before.epoch, 4, 5)
    await web_bus.jetstream.purge_stream(TURBO_STREAM)
    assert await journal.bounds() == StreamBounds(before.epoch, 6, 5)


async def test_heads_are_told_of_the_groups_that_have_any(journal: Journal, web_bus: Bus) -> None:
    await publish_all(web_bus, (ONE, element("a")), (OTHER, element("b")), (ONE, element("c")))
    assert await journal.heads([]) == {}
    assert await journal.heads([ONE]) == {ONE: 3}
    assert await journal.heads([SILENT]) == {}
    assert await journal.heads([SILENT, OTHER, ONE]) == {OTHER: 2, ONE: 3}
    assert (await journal.head_of(OTHER), await journal.head_of(SILENT)) == (2, 0)


async def test_heads_of_more_groups_than_one_request_takes(journal: Journal, web_bus: Bus) -> None:
    groups = [check_group(f"chat_{number}") for number in range(1200)]
    await publish_at_once(web_bus, groups)
    heads = await journal.heads([*groups, check_group("chat_none")])
    assert sorted(heads.values()) == list(range(1, 1201))
    assert heads.keys() == set(groups)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(journal.head_of(group)) for group in groups]
    assert [task.result() for task in asked] == [heads[group] for group in groups]


async def test_heads_of_messages_that_do_not_go_into_one_answer(
    journal: Journal, web_bus: Bus
) -> None:
    """The server ends an answer at 64 MB, however many were asked for."""
    groups = [check_group(f"chat_{number}") for number in range(80)]
    for begin in range(0, 80, 10):
        await publish_at_once(web_bus, groups[begin : begin + 10], element("x" * 900_000))
    heads = await journal.heads(groups)
    assert sorted(heads.values()) == list(range(1, 81))


async def test_a_read_begins_after_the_number_and_holds_one_group(
    journal: Journal, web_bus: Bus
) -> None:
    sent = [(ONE if number % 2 else OTHER, element(str(number))) for number in range(1, 9)]
    await publish_all(web_bus, *sent)
    for after, expected in ((0, [1, 3, 5, 7]), (1, [3, 5, 7]), (2, [3, 5, 7]), (6, [7]), (7, [])):
        read = await journal.read(ONE, after, limit=PLENTY)
        assert read == [Stored(number, ONE, element(str(number)).encode()) for number in expected]
    assert await journal.read(ONE, 10**18, limit=PLENTY) == []


async def test_a_read_of_more_messages_than_a_batch_is_whole(
    journal: Journal, web_bus: Bus
) -> None:
    count = 2 * BATCH_MESSAGES + 1
    await publish_at_once(web_bus, [ONE] * count)
    read = await journal.read(ONE, 0, limit=PLENTY)
    assert read is not None
    assert [stored.sequence for stored in read] == list(range(1, count + 1))


async def test_a_read_of_more_bytes_than_a_batch_is_whole(journal: Journal, web_bus: Bus) -> None:
    large = element("x" * 900_000)
    await publish_all(web_bus, *[(ONE, large)] * 5, (ONE, element("small")))
    read = await journal.read(ONE, 0, limit=PLENTY)
    assert read is not None
    assert [stored.sequence for stored in read] == [1, 2, 3, 4, 5, 6]
    assert sum(len(stored.payload) for stored in read) > 4 * BATCH_BYTES


async def test_the_limit_of_a_read_is_exact(journal: Journal, web_bus: Bus) -> None:
    html = element("x" * 100)
    await publish_all(web_bus, *[(ONE, html), (OTHER, element("y" * 5000))] * 3)
    size = 3 * len(html)
    read = await journal.read(ONE, 0, limit=size)
    assert read is not None
    assert len(read) == 3
    assert await journal.read(ONE, 0, limit=size - 1) is None
    assert await journal.read(ONE, 0, limit=0) is None
    assert await journal.read(SILENT, 0, limit=0) == []


async def test_the_tail_is_all_groups_in_order_and_only_what_is_young(
    journal: Journal, web_bus: Bus
) -> None:
    count = BATCH_MESSAGES + 10
    groups = [ONE if number % 3 else OTHER for number in range(count)]
    await publish_at_once(web_bus, groups)
    tail = await tailed(journal, 60)
    assert [stored.sequence for stored in tail] == list(range(1, count + 1))
    assert {stored.group for stored in tail} == {ONE, OTHER}
    assert await tailed(journal, 0) == []


async def test_what_a_publisher_writes_into_its_headers_confuses_no_read(
    journal: Journal, web_bus: Bus
) -> None:
    for name, value in (
        ("Status", "204"),
        ("Status", "503"),
        ("Nats-Sequence", "99"),
        ("Nats-Subject", "turbo_stream.chat_2"),
        ("Nats-Num-Pending", "7"),
    ):
        await web_bus.jetstream.publish("turbo_stream.chat_1", b"x", headers={name: value})
    read = await journal.read(ONE, 0, limit=PLENTY)
    assert read == [Stored(number, ONE, b"x") for number in range(1, 6)]
    assert await journal.heads([ONE, OTHER]) == {ONE: 5}


def objects_of_the_journal() -> int:
    """Count what the module has made and what is still held."""
    gc.collect()
    return sum(type(each).__module__ == module.__name__ for each in gc.get_objects())


async def read_and_cancel(journal: Journal) -> None:
    async with asyncio.TaskGroup() as tasks:
        for turns in range(30):
            reading = tasks.create_task(journal.read(ONE, 0, limit=PLENTY))
            asking = tasks.create_task(journal.head_of(ONE))
            for _ in range(turns):
                await asyncio.sleep(0)
            reading.cancel()
            asking.cancel()


async def test_reads_that_are_cancelled_leave_nothing_behind(
    journal: Journal, web_bus: Bus
) -> None:
    await publish_at_once(web_bus, [ONE] * 50)
    await journal.head_of(ONE)  # the loop keeps the last answer for a while
    before = objects_of_the_journal()
    await read_and_cancel(journal)
    assert await journal.head_of(ONE) == 50
    assert objects_of_the_journal() == before


async def expect_away(journal: Journal) -> None:
    for question in (
        journal.bounds(),
        journal.head_of(ONE),
        journal.heads([ONE]),
        journal.read(ONE, 0, limit=PLENTY),
        tailed(journal, 60),
    ):
        with pytest.raises(BusAwayError):
            await question


async def test_without_a_stream_everything_is_away(journal: Journal, web_bus: Bus) -> None:
    await web_bus.jetstream.delete_stream(TURBO_STREAM)
    await expect_away(journal)
    await declare_streams(web_bus.jetstream)
    assert await journal.heads([ONE]) == {}


async def test_without_a_server_everything_is_away_and_comes_back(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    async with (
        open_bus(outage.server.url("web"), name="test-web") as web,
        open_bus(outage.server.url("realtime"), name="test-realtime") as bus,
    ):
        await declare_streams(web.jetstream)
        await publish(web, ONE, element("x"))
        journal = Journal(bus.client)
        await journal.open()
        outage.begin()
        await expect_away(journal)
        outage.end()

        async def is_back() -> bool:
            return bus.client.is_connected and web.client.is_connected

        await until(is_back)
        read = await journal.read(ONE, 0, limit=PLENTY)
        assert read is not None
        assert [stored.sequence for stored in read] == [1]
        assert await journal.head_of(ONE) == 1
