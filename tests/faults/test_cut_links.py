"""The network between pages and gateways: drops, half-open links, and a page that hangs."""

from tests.faults.cutter import cutting
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.sockets import until_measured
from tests.support.waiting import passed, until

GROUPS = groups(20)
EVERY_SECONDS = 0.05


async def test_pages_whose_links_drop_every_few_seconds_miss_nothing(stage: Stage) -> None:
    async with (
        stage.gateway() as gateway,
        cutting(gateway.address) as cutter,
        stage.audience(visitors(GROUPS, 5), by_way_of=cutter.address) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        for _ in range(3):
            await load.more(500)
            cutter.cut()
            await passed(2)
            cutter.restore()
            await stage.pages.until_connected(clients)
        await stage.pages.settle_after(load)
        stage.pages.report("links of pages cut for 2 s, three times")


async def test_half_open_links_end_at_both_sides_and_nothing_is_missing(stage: Stage) -> None:
    """Neither end notices the cut: the page gets no heartbeat, the gateway no pong."""
    async with (
        stage.gateway({"ping_seconds": 0.5}) as gateway,
        cutting(gateway.address) as cutter,
        stage.audience(visitors(GROUPS, 5, stale_seconds=1.2), by_way_of=cutter.address) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        await load.more(500)
        cutter.swallow()
        await passed(1)
        cutter.restore()
        await load.more(500)
        await stage.pages.until_connected(clients)
        await load.end()
        await until_measured(gateway.address, "natter_realtime_sockets", len(clients))
        await stage.pages.settle()
        stage.pages.report("half-open links of pages")


async def test_a_page_that_stops_reading_harms_nobody_and_comes_back(stage: Stage) -> None:
    busy, others = GROUPS[0], GROUPS[1:5]
    visiting = visitors([busy, *others], 5)
    async with (
        stage.gateway() as gateway,
        stage.audience(visiting) as clients,
        stage.publisher.load(others, every=EVERY_SECONDS) as load,
    ):
        await load.more(50)
        before = gateway.memory()
        hanging = clients[0].visit
        assert hanging is not None
        assert hanging.socket is not None
        hanging.socket.stop_reading()
        await stage.publisher.burst(busy, 400, size=50_000)

        async def is_closed() -> bool:
            return clients[0].visit is not hanging

        grown = gateway.memory() - before
        hanging.socket.read_again()
        await until(is_closed)
        await stage.pages.settle_after(load)
        stage.pages.report(
            "page that stops reading while 20 MB come",
            gateway_grew_by=f"{grown:.0f} MB",
            ended_by=", ".join(clients[0].endings),
        )
        assert grown < 100
