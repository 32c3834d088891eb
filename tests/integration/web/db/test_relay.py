"""The outbox reaches the bus: everything, once, in order, whatever dies on the way."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.local.nats_server import NatsServer, running_nats
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.process.tasks import background
from services.web.app import create_app
from services.web.db import relay as relay_module
from services.web.db.migrate import migrate
from services.web.db.outbox import OutboxEntry, insert_entry
from services.web.db.pool import Connection, Pool
from services.web.db.relay import BATCH, Relay
from tests.integration.web.pages import published
from tests.support.http import http_client
from tests.support.postgres import WAITS_FOR_ANOTHER
from tests.support.servers import serving
from tests.support.stack import web_settings
from tests.support.waiting import DEADLINE_SECONDS, passed, until

SUBJECT = "turbo_stream.chat_1"


async def commit(db: Connection, numbers: Sequence[int]) -> None:
    async with db.transaction():
        for number in numbers:
            await insert_entry(db, OutboxEntry(SUBJECT, str(number).encode(), f"n-{number}"))


async def numbers_in(bus: Bus, count: int) -> list[int]:
    return [int(payload) for _, payload in await published(bus, "TURBO_STREAM", count)]


async def emptied(db: Connection) -> None:
    async def is_empty() -> bool:
        return not await db.fetchval("SELECT count(*) FROM outbox WHERE parked_at IS NULL")

    await until(is_empty)


@pytest.fixture
def unpolled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a relay look into the outbox only when it starts and when it is woken."""
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 2 * DEADLINE_SECONDS)


@pytest.mark.usefixtures("unpolled")
async def test_what_a_crash_left_behind_is_published_in_order(
    pool: Pool, db: Connection, web_bus: Bus
) -> None:
    numbers = range(2 * BATCH + 50)
    await commit(db, numbers)
    async with background(relay=Relay(pool, web_bus).run):
        assert await numbers_in(web_bus, len(numbers)) == list(numbers)
        await emptied(db)


async def test_what_was_published_but_not_yet_forgotten_is_not_published_again(
    pool: Pool, db: Connection, web_bus: Bus
) -> None:
    await commit(db, range(10))
    for number in range(5):
        await web_bus.publish(SUBJECT, str(number).encode(), f"n-{number}")
    async with background(relay=Relay(pool, web_bus).run):
        await emptied(db)
    assert await numbers_in(web_bus, 10) == list(range(10))


async def test_what_another_process_committed_is_found_without_being_woken(
    pool: Pool, db: Connection, web_bus: Bus
) -> None:
    async with background(relay=Relay(pool, web_bus).run):
        for number in range(2):
            await commit(db, [number])
            assert await numbers_in(web_bus, number + 1) == list(range(number + 1))


@pytest.mark.usefixtures("unpolled")
async def test_a_woken_relay_misses_nothing_that_is_committed_meanwhile(
    pool: Pool, db: Connection, web_bus: Bus
) -> None:
    relay = Relay(pool, web_bus)
    await commit(db, [0])
    async with background(relay=relay.run):
        await emptied(db)
        for number in range(1, 50):
            await commit(db, [number])
            relay.wake()
        assert await numbers_in(web_bus, 50) == list(range(50))


@pytest.mark.usefixtures("unpolled")
async def test_a_relay_that_was_woken_rests_again(pool: Pool, db: Connection, web_bus: Bus) -> None:
    relay = Relay(pool, web_bus)
    async with background(relay=relay.run):
        await commit(db, [1])
        relay.wake()
        await emptied(db)

        async def rests() -> bool:
            async with db.transaction():
                await db.execute("LOCK TABLE outbox")
                await passed(0.5)
                return not await db.fetchval(WAITS_FOR_ANOTHER)

        await until(rests)


async def test_relays_that_leave_at_any_moment_leave_everything_in_order(
    pool: Pool, db: Connection, web_bus: Bus
) -> None:
    """A replica of web takes the place of another, over and over, while people write."""
    count = 0
    async with background(stays=Relay(pool, web_bus).run):
        for moment in range(20):
            relay = Relay(pool, web_bus)
            async with background(leaves=relay.run):
                await commit(db, range(count, count + 15))
                count += 15
                relay.wake()
                await passed(moment / 1000)
        await emptied(db)
    assert await numbers_in(web_bus, count) == list(range(count))


async def test_a_publication_the_bus_will_never_take_is_parked_and_those_behind_go_on(
    pool: Pool, db: Connection, web_bus: Bus
) -> None:
    await commit(db, [1])
    for size in (web_bus.max_payload, web_bus.max_payload + 1, 4 * web_bus.max_payload):
        await insert_entry(db, OutboxEntry(SUBJECT, b"x" * size, f"huge-{size}"))
    await commit(db, [2])
    async with background(relay=Relay(pool, web_bus).run):
        assert await numbers_in(web_bus, 2) == [1, 2]
        await emptied(db)
    parked = await db.fetch("SELECT message_id FROM outbox WHERE parked_at IS NOT NULL ORDER BY id")
    assert [row["message_id"].partition("-")[0] for row in parked] == ["huge"] * 3


async def test_a_bus_that_goes_away_and_comes_back_loses_and_doubles_nothing(
    pool: Pool, db: Connection, tmp_path: Path
) -> None:
    with running_nats(tmp_path / "nats") as server:
        port = server.port
        await commit(db, range(50))
        async with open_bus(server.url("web"), name="test") as bus:
            await declare_streams(bus.jetstream)
            relay = Relay(pool, bus)
            async with background(relay=relay.run):
                await until(lambda: has_reached(bus, 10))
                await asyncio.to_thread(server.child.stop)
                await commit(db, range(50, 100))
                relay.wake()
                with running_nats(tmp_path / "nats", port=port):
                    await emptied(db)
                    assert await numbers_in(bus, 100) == list(range(100))


async def has_reached(bus: Bus, count: int) -> bool:
    return (await bus.jetstream.stream_info("TURBO_STREAM")).state.last_seq >= count


async def test_a_database_made_anew_beside_a_bus_that_was_kept_is_answered_too(
    database_url: str, empty_database_url: str, nats_server: NatsServer, web_bus: Bus
) -> None:
    await migrate(empty_database_url)
    for url in (database_url, empty_database_url):
        async with (
            serving(create_app(web_settings(url, nats_server))) as address,
            http_client(f"http://{address}") as client,
        ):
            await client.post("/chat/")
            await client.post("/chat/1/message/create/", data={"content": "Hello"})
    subjects = [subject for subject, _ in await published(web_bus, "AI_JOBS", 2)]
    assert subjects == ["ai.jobs.2", "ai.jobs.2"]
