"""An answer that is being written while NATS goes away."""

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import JOB_ACK_SECONDS
from tests.integration.ai.test_worker import until_active, working
from tests.support.answers import normalized, shown, submit, take_result, until_no_job_is_left
from tests.support.endpoints import running_demo
from tests.support.outages import Outage
from tests.support.rendered import plain
from tests.support.waiting import passed

TEXT = "one word more and " * 60


async def test_an_outage_longer_than_the_queues_patience_has_nothing_written_twice(
    outage: Outage,
) -> None:
    nats: NatsServer = outage.server
    async with open_bus(nats.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        async with running_demo() as demo, working(nats, demo):
            await submit(bus, 7, f"/slow 40 /echo {TEXT}")
            await until_active(demo, 1)
            outage.begin()
            await passed(JOB_ACK_SECONDS + 1)
            outage.end()
            result = await take_result(bus)
            await until_no_job_is_left(bus)
            assert (await demo.stats())["started"] == 1
        assert result.text == TEXT
        page = await shown(bus, 7)
        assert page.done == normalized(plain(result.text, id_prefix="message_7"))
