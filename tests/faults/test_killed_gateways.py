"""A gateway that dies or hangs: its pages go to another, and go on where they were."""

from tests.faults.cutter import cutting
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.waiting import passed

GROUPS = groups(20)
EVERY_SECONDS = 0.05


async def test_pages_of_a_killed_gateway_go_on_at_another(stage: Stage) -> None:
    async with (
        stage.gateway() as first,
        stage.gateway() as second,
        stage.audience(visitors(GROUPS, 5)),
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        await load.more(500)
        first.kill()
        await load.more(500)
        stage.balancer.addresses.remove(first.address)
        async with stage.gateway():
            await load.more(500)
            second.kill()
            stage.balancer.addresses.remove(second.address)
            await load.more(1000)
            await stage.pages.settle_after(load)
            stage.pages.report("gateway killed (SIGKILL), then the next one")


async def test_pages_of_a_gateway_that_hangs_go_on_at_another(stage: Stage) -> None:
    heartbeat = {"ping_seconds": 0.8}
    async with (
        stage.gateway(heartbeat) as first,
        stage.gateway(heartbeat),
        stage.audience(visitors(GROUPS, 5, stale_seconds=1.8)),
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        await load.more(500)
        first.freeze()
        stage.balancer.addresses.remove(first.address)
        await passed(4)
        first.thaw()
        stage.balancer.addresses.append(first.address)
        await load.more(500)
        await stage.pages.settle_after(load)
        stage.pages.report("gateway frozen (SIGSTOP) for 4 s")


async def test_pages_that_go_to_a_gateway_that_lags_are_told_nothing_twice(stage: Stage) -> None:
    """They are further on than it is: what it hears late, they have already."""
    async with (
        cutting(f"127.0.0.1:{stage.nats.server.port}") as cutter,
        stage.gateway() as first,
        stage.gateway(nats_address=cutter.address),
        stage.audience(visitors(GROUPS, 5)),
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        await load.more(500)
        cutter.hold()
        await load.more(300)
        first.kill()
        stage.balancer.addresses.remove(first.address)
        await passed(2)
        cutter.restore()
        await load.more(300)
        await stage.pages.settle_after(load)
        stage.pages.report("gateway killed, the other one 3 s behind")
