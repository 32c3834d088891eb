"""A hub on a real bus without a gateway around it, and listeners that write down what they hear."""

import asyncio
from dataclasses import dataclass, field

from nats.aio.client import Client

from services.realtime.admission.gatekeeper import Admission
from services.realtime.endings import Ending
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.archive import Archive
from services.realtime.rooms.certainty import Certainty
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.ring import Rings
from services.realtime.stream.journal import Journal
from services.shared.bus import Bus
from tests.support.group_sockets import ADMISSION
from tests.support.waiting import until

MEGABYTE = 1024 * 1024


@dataclass(eq=False)
class Ear:
    """A listener that writes down what it is told."""

    admission: Admission = ADMISSION
    heard: list[bytes] = field(default_factory=list)

    def tell(self, publications: list[Publication], _frames: bytes) -> None:
        self.heard += [publication.html for publication in publications]

    def end(self, ending: Ending) -> None:
        raise AssertionError(f"nobody asked for {ending}")

    def texts(self) -> list[str]:
        """What was heard, without positions."""
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
    subscribed_before: set[int]

    def subscriptions(self) -> set[int]:
        """The subscriptions that rooms have."""
        return set(self.client._subs) - self.subscribed_before  # noqa: SLF001 - nats-py tells nobody


async def parts_on(bus: Bus, tasks: asyncio.TaskGroup) -> Parts:
    """Make a hub on `bus` that knows where the stream is."""
    journal = Journal(bus.client)
    await journal.open()
    archive = Archive(journal, Rings(MEGABYTE, MEGABYTE), GatewayMetrics(), MEGABYTE)
    hub = Hub(bus.client, archive, tasks)
    await Certainty(warm_seconds=0).find_out(hub)
    return Parts(hub, bus.client, tasks, set(bus.client._subs))  # noqa: SLF001 - as above
