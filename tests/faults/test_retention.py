"""What a page missed has gone from the stream when it returns: then it is loaded again."""

import pytest

from services.shared.bus.subjects import TURBO_STREAM
from tests.faults.cutter import cutting
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors

GROUPS = groups(5)


@pytest.mark.parametrize("later", [0, 3])
async def test_pages_that_missed_what_has_gone_are_loaded_again(stage: Stage, later: int) -> None:
    """The gateway to which they return was started afterwards; `later` publications are left."""
    async with (
        cutting("127.0.0.1:1") as cutter,
        stage.gateway() as gateway,
        stage.audience(visitors(GROUPS, 5), by_way_of=cutter.leading_to(gateway.address)),
    ):
        await _publish(stage, 5)
        await stage.pages.until_up_to_date()
        cutter.cut()
        await _publish(stage, 20)
        await stage.publisher.bus.jetstream.purge_stream(TURBO_STREAM)
        await _publish(stage, later)
        async with stage.gateway() as another:
            cutter.leading_to(another.address)
            cutter.restore()
            await stage.pages.settle()
            tally = stage.pages.report(f"missed publications gone, {later} later ones left")
            assert tally.refreshes == len(stage.pages.clients)


async def _publish(stage: Stage, count: int) -> None:
    for group in GROUPS:
        await stage.publisher.burst(group, count)
