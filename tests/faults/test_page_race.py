"""Between a page's rendering and its subscription anything may be published."""

import asyncio

from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors

GROUPS = groups(10)
ROUNDS = 20
AT_ONCE = 50


async def test_a_thousand_pages_opened_while_others_publish_miss_nothing(stage: Stage) -> None:
    """Web reads the position, then the rows; the page connects some time after both."""

    async def dawdle() -> None:
        await asyncio.sleep(stage.random.uniform(0, 0.03))

    stage.web.dawdle = dawdle
    async with stage.gateway(), stage.publisher.load(GROUPS, every=0.01) as load:
        for _ in range(ROUNDS):
            async with stage.audience(visitors(GROUPS, AT_ONCE // len(GROUPS))) as clients:
                await load.more(2 * len(GROUPS))
                await stage.pages.until_up_to_date_now(clients)
        await load.end()
        stage.pages.report(
            "publishing between a page's rendering and its socket", pages=ROUNDS * AT_ONCE
        )
