"""A new release with 5,000 pages open: each gateway drains, ends, and another takes its place."""

import signal
import statistics
from contextlib import AsyncExitStack

from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.gateways import Gateway

GROUPS = groups(500)
PAGES_EACH = 10
EVERY_SECONDS = 5.0
SETTINGS = {"drain_seconds": 8, "max_sockets_per_address": 1000}


async def test_every_page_comes_back_from_a_rolling_restart(stage: Stage) -> None:
    async with AsyncExitStack() as running:
        olds = [await running.enter_async_context(stage.gateway(SETTINGS)) for _ in range(2)]
        clients = await running.enter_async_context(stage.audience(visitors(GROUPS, PAGES_EACH)))
        load = await running.enter_async_context(stage.publisher.load(GROUPS, every=EVERY_SECONDS))
        await load.more(100)
        for old in olds:
            await _replace(stage, running, old)
        await load.more(200)
        await stage.pages.until_connected(clients)
        await stage.pages.settle_after(load)
        absences = [away for client in clients for away in client.record.absences]
        back = sum(client.visit is not None for client in clients)
        stage.pages.report(
            "rolling restart of two gateways (SIGTERM)",
            pages=len(clients),
            back=f"{back / len(clients):.1%}",
            moves=len(absences),
            away_p50=f"{statistics.median(absences):.2f} s",
            away_p99=f"{statistics.quantiles(absences, n=100)[98]:.2f} s",
            endings=dict(stage.pages.endings()),
        )
        assert back == len(clients)


async def _replace(stage: Stage, running: AsyncExitStack, old: Gateway) -> None:
    """As an orchestrator does: the new one is ready before the old one gets SIGTERM."""
    await running.enter_async_context(stage.gateway(SETTINGS))
    stage.balancer.addresses.remove(old.address)
    old.terminate()
    # uvicorn stops in order and then ends by the signal that asked for it.
    assert await old.until_ended() in (0, -signal.SIGTERM)
