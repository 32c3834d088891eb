"""The bus comes back from an older copy of its store: its numbers begin again in the past."""

import asyncio
import shutil

from tests.faults.client import Client
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.figures import show
from tests.support.waiting import until

GROUPS = groups(3)


async def test_pages_are_loaded_again_when_the_bus_has_forgotten_the_last_minutes(
    stage: Stage,
) -> None:
    """As after a power failure or a restored backup; the rows are in the database."""
    store, copy = stage.folder / "nats" / "jetstream", stage.folder / "copy"
    async with stage.gateway(), stage.audience(visitors(GROUPS, 5)) as clients:
        await _publish(stage, 10)
        await asyncio.to_thread(stage.nats.end)
        shutil.copytree(store, copy)
        await asyncio.to_thread(stage.nats.begin)
        await _publish(stage, 10)
        await stage.pages.until_up_to_date()
        await asyncio.to_thread(stage.nats.kill)
        shutil.rmtree(store)
        shutil.copytree(copy, store)
        await asyncio.to_thread(stage.nats.begin)
        await _publish(stage, 5)

        async def show_all() -> bool:
            return all(_shows_all(client, stage) for client in clients)

        await until(show_all, seconds=40)
        refreshes = stage.pages.tally().refreshes
        show(f"older copy of the bus's store: pages {len(clients)}, refreshes {refreshes}")


def _shows_all(client: Client, stage: Stage) -> bool:
    view = client.record.views[-1]
    shown = set(range(1, view.rows + 1)).union(number for _, number in view.received)
    return len(shown) == stage.publisher.ledger.books[client.visitor.group].rows


async def _publish(stage: Stage, count: int) -> None:
    for group in GROUPS:
        await stage.publisher.burst(group, count)
