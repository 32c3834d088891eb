"""A hub on a real bus without a gateway around it, and listeners that write down what they hear."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from nats.aio.client import Client

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import CloseReason
from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.history import History
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.readiness import Readiness
from services.realtime.rooms.ring import Rings
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import Group
from tests.support.group_sockets import ADMISSION
from tests.support.nats import until_read
from tests.support.sockets import element, publish
from tests.support.waiting import until

MEGABYTE = 1024 * 1024


@dataclass(eq=False)
class Ear:
    """A listener that records what it gets."""

    admission: Admission = ADMISSION
    heard: list[bytes] = field(default_factory=list)

    def deliver(self, publications: list[Publication], _frames: bytes) -> None:
        self.heard += [publication.html for publication in publications]

    def end(self, ending: CloseReason) -> None:
        raise AssertionError(f"nobody asked for {ending}")

    def texts(self) -> list[str]:
        """The frames that came, without positions."""
        return [
            "<turbo-stream" + html.decode().partition('"')[2].partition('"')[2]
            for html in self.heard
        ]

    async def until_heard(self, html: str) -> None:
        """Wait until this has been told."""

        async def is_there() -> bool:
            return html in self.texts()

        await until(is_there)


@dataclass
class Parts:
    """A hub and what it stands on."""

    hub: Hub
    client: Client
    tasks: asyncio.TaskGroup

    async def subscribed(self, publisher: Bus, groups: Iterable[Group]) -> set[Group]:
        """Publish to each of `groups`; return those of which the server sends us that, then."""
        return {group for group in groups if await self._is_sent(publisher, group)}

    async def _is_sent(self, publisher: Bus, group: Group) -> bool:
        # More than once: a reply for which nobody waits any more may come meanwhile.
        for _ in range(3):
            before = self.client.stats["in_msgs"]
            await publish(publisher, group, element("heard?"))
            await until_read(self.client)
            if self.client.stats["in_msgs"] == before:
                return False
        return True


async def parts_on(bus: Bus, tasks: asyncio.TaskGroup) -> Parts:
    """Make a hub on `bus` that knows where the stream is."""
    jetstream = JetStreamReader(bus.client)
    await jetstream.open()
    history = History(jetstream, Rings(MEGABYTE, MEGABYTE), GatewayMetrics(), MEGABYTE)
    hub = Hub(bus.client, history, tasks)
    await Readiness(warm_seconds=0).resync(hub)
    return Parts(hub, bus.client, tasks)
