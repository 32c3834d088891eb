"""Where a fault is played: a bus, gateways, a publisher, an audience, and the audit at the end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_when_ready
from tests.faults.balancer import Balancer
from tests.faults.client import Client
from tests.faults.ledger import Ledger
from tests.faults.pages import Pages
from tests.faults.publisher import Publisher
from tests.faults.visitors import Visitor
from tests.faults.web import Web
from tests.support.gateways import Gateway, running_gateway
from tests.support.nats_process import NatsProcess, RunningBus, running_bus


@dataclass(slots=True)
class Stage:
    """Everything of one fault test."""

    folder: Path
    nats: NatsProcess
    publisher: Publisher
    web: Web
    balancer: Balancer
    random: Random
    pages: Pages

    @asynccontextmanager
    async def gateway(
        self,
        settings: Mapping[str, object] | None = None,
        *,
        nats_address: str | None = None,
        nats_url: str | None = None,
    ) -> AsyncIterator[Gateway]:
        """Run a gateway to which the balancer sends clients; its bus may be behind a proxy.

        Of a bus of several nodes `nats_url` may name one.
        """
        url = nats_url or self.nats_url(nats_address)
        log = self.folder / "gateways.log"
        async with running_gateway(url, log, settings or {}) as gateway:
            self.balancer.addresses.append(gateway.address)
            try:
                yield gateway
            finally:
                if gateway.address in self.balancer.addresses:
                    self.balancer.addresses.remove(gateway.address)

    def nats_url(self, address: str | None = None) -> str:
        """Return the bus's address for a gateway, or the same by way of `address`."""
        url = self.nats.server.url("realtime")
        return (
            url if address is None else url.replace(f"127.0.0.1:{self.nats.server.port}", address)
        )

    @asynccontextmanager
    async def audience(
        self, visitors: Iterable[Visitor], *, by_way_of: str | None = None
    ) -> AsyncIterator[Sequence[Client]]:
        """Open a page for each visitor and keep it open while the body runs.

        The pages are connected when the body begins. `by_way_of` is the address of a proxy.
        """
        pick = self.balancer.pick if by_way_of is None else lambda: by_way_of
        clients = [Client(each, self.web, pick, self._chance()) for each in visitors]
        self.pages.clients += clients
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(client.run()) for client in clients]
            try:
                await self.pages.until_connected(clients)
                yield clients
            finally:
                for task in running:
                    task.cancel()

    def _chance(self) -> Random:
        return Random(self.random.random())  # noqa: S311 - a seed makes the same waits every time


@asynccontextmanager
async def staging(
    folder: Path, bus_in: RunningBus = running_bus, replicas: int = 1
) -> AsyncIterator[Stage]:
    """Run a bus with the project's streams; end everything afterwards."""
    with bus_in(folder / "nats") as nats:
        async with open_bus(nats.server.url("web"), name="faults-web") as bus:
            await declare_when_ready(bus.jetstream, replicas)
            publisher = Publisher(bus, Ledger())
            random = Random(7)  # noqa: S311 - a seed makes the same waits every time
            yield Stage(
                folder,
                nats,
                publisher,
                Web(bus, publisher.ledger),
                Balancer(random),
                random,
                Pages(publisher),
            )
