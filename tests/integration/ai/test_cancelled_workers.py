"""Workers that are told to leave at any moment: nothing is lost, doubled or told twice."""

import random

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_RESULTS
from tests.integration.ai.test_worker import working
from tests.support.answers import normalized, shown, submit, take_results, until_no_job_is_left
from tests.support.endpoints import running_demo
from tests.support.rendered import plain
from tests.support.waiting import passed

# No two lines alike: what repeats the beginning is taken for an endpoint's echo of it.
LONG = "".join(f"{number} words more and\n\n" for number in range(40))
MESSAGES = {1: LONG, 2: "A word.", 3: "- a list\n- of *some*\n- items\n" * 5}
WORKERS = 12
MANY = 1000


@pytest.mark.parametrize("seed", range(4))
async def test_workers_that_leave_at_any_moment_lose_nothing(
    nats_server: NatsServer, web_bus: Bus, seed: int
) -> None:
    moments = random.Random(seed)  # noqa: S311 - to be the same in every run
    async with running_demo(tokens_per_second=150) as demo:
        for number, text in MESSAGES.items():
            await submit(web_bus, number, f"/echo {text}")
        for _ in range(WORKERS):
            async with working(nats_server, demo, max_deliveries=MANY, flush_ms=5):
                await passed(moments.uniform(0.0, 0.4))
        async with working(nats_server, demo, max_deliveries=MANY):
            results = await take_results(web_bus, len(MESSAGES))
            await until_no_job_is_left(web_bus)
    for number, text in MESSAGES.items():
        result, page = results[number], await shown(web_bus, number)
        assert (result.status, result.text, result.restarted) == ("complete", text, False)
        assert (page.statuses[-1], page.document.doubled) == ("complete", set())
        assert page.done == normalized(plain(text, id_prefix=f"message_{number}"))
    assert (await web_bus.jetstream.stream_info(AI_RESULTS)).state.messages == 0
