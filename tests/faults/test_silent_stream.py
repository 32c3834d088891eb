"""The bus takes what is published and answers nothing that the gateway asks."""

from dataclasses import dataclass

from services.shared.bus.nats_url import inbox_prefix
from services.shared.bus.subjects import live_turbo_stream_subject
from tests.faults.cutter import cutting
from tests.faults.nats_filter import BusMessage, NatsFilter
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.figures import show

GROUPS = groups(3)
SUBJECT = live_turbo_stream_subject(GROUPS[0])
END_SECONDS = 30.0


@dataclass
class Silence:
    """Once it has begun: one publication in the middle is lost, and every answer."""

    answers: str
    has_begun: bool = False
    seen: int = 0

    def drops(self, message: BusMessage) -> bool:
        if not self.has_begun:
            return False
        self.seen += message.subject == SUBJECT
        is_lost = message.subject == SUBJECT and self.seen == 5
        return is_lost or message.subject.startswith(self.answers)


async def test_a_silent_stream_delays_what_was_missed_until_it_answers(stage: Stage) -> None:
    silence = Silence(inbox_prefix(stage.nats_url()))
    async with (
        cutting(
            f"127.0.0.1:{stage.nats.server.port}", lambda: NatsFilter(silence.drops).feed
        ) as bus,
        stage.gateway(nats_address=bus.address),
        stage.audience(visitors(GROUPS, 5)) as clients,
    ):
        silence.has_begun = True
        await stage.publisher.burst(GROUPS[0], 10)
        await stage.pages.until_up_to_date(seconds=4)
        assert all(len(client.record.views[-1].received) <= 10 for client in clients)
        silence.has_begun = False
        await stage.pages.settle()
        stage.pages.report("a message lost, and the stream silent for 4 s")


async def test_a_gateway_that_waits_for_a_silent_stream_still_ends(stage: Stage) -> None:
    silence = Silence(inbox_prefix(stage.nats_url()))
    async with (
        cutting(
            f"127.0.0.1:{stage.nats.server.port}", lambda: NatsFilter(silence.drops).feed
        ) as bus,
        stage.gateway(nats_address=bus.address) as gateway,
        stage.audience(visitors(GROUPS, 5)),
    ):
        silence.has_begun = True
        await stage.publisher.burst(GROUPS[0], 10)
        gateway.terminate()
        await gateway.until_ended(seconds=END_SECONDS)
        show("SIGTERM while the stream is silent and a group behind: it ended")
