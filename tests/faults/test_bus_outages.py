"""The bus goes away, hangs or is cut off: sockets stay, and nothing is missing afterwards."""

import asyncio
from collections.abc import Callable

import pytest

from tests.faults.cutter import Cutter, cutting
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.waiting import passed

GROUPS = groups(20)
EVERY_SECONDS = 0.05


@pytest.mark.parametrize("way", ["SIGTERM", "SIGKILL"])
async def test_a_bus_that_is_restarted_loses_nothing(stage: Stage, way: str) -> None:
    async with (
        stage.gateway() as first,
        stage.gateway() as second,
        stage.audience(visitors(GROUPS, 5)) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        for _ in range(2):
            await load.more(500)
            await asyncio.to_thread(stage.nats.kill if way == "SIGKILL" else stage.nats.end)
            await passed(1)
            await asyncio.to_thread(stage.nats.begin)
            await load.more(500)
        await first.until_ready()
        await second.until_ready()
        await stage.pages.until_connected(clients)
        await stage.pages.settle_after(load)
        stage.pages.report(f"nats-server restarted ({way}), twice")


async def test_a_bus_that_hangs_for_three_seconds_loses_nothing(stage: Stage) -> None:
    async with (
        stage.gateway(),
        stage.audience(visitors(GROUPS, 5)),
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        await load.more(500)
        stage.nats.freeze()
        await passed(3)
        stage.nats.thaw()
        await load.more(500)
        await stage.pages.settle_after(load)
        stage.pages.report("nats-server frozen (SIGSTOP) for 3 s")


@pytest.mark.parametrize(
    ("fault", "seconds", "begin"),
    [
        ("held back", 3, Cutter.hold),
        ("cut", 2, Cutter.cut),
        ("half-open", 8, Cutter.swallow),
    ],
)
async def test_a_gateway_whose_link_to_the_bus_fails_catches_up(
    stage: Stage, fault: str, seconds: float, begin: Callable[[Cutter], None]
) -> None:
    """Publishing goes on meanwhile: only this gateway hears nothing of it."""
    async with (
        cutting(f"127.0.0.1:{stage.nats.server.port}") as cutter,
        stage.gateway(nats_address=cutter.address) as gateway,
        stage.audience(visitors(GROUPS, 5)),
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        for _ in range(1 if fault == "half-open" else 3):
            await load.more(300)
            begin(cutter)
            await passed(seconds)
            cutter.restore()
            await load.more(300)
        await gateway.until_ready()
        await stage.pages.settle_after(load)
        stage.pages.report(f"link between gateway and NATS {fault} for {seconds} s")
