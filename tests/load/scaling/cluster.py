"""Gateways that come and go as pods do, with pages that hold on to them."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.realtime.metrics import GatewayMetrics
from tests.load.scaling.autoscaler import SYNC_SECONDS, Autoscaler
from tests.load.scaling.balancers import AtRandom
from tests.load.scaling.gateway import Gateway, gateway
from tests.load.scaling.manifests import Times
from tests.load.scaling.page import Page, World

# Assumed, as no cluster is there to be asked: to schedule a pod whose image is there, to start,
# to read two minutes of publications, and to be probed; and until proxies know that one has gone.
STARTING_SECONDS: Final = 10.0
NOTICED_SECONDS: Final = 1.0


@dataclass(slots=True)
class Cluster:
    """All replicas, oldest first; the balancer knows those that are ready."""

    times: Times
    handshake_seconds: float
    metrics: GatewayMetrics
    balancer: AtRandom
    world: World

    @property
    def gateways(self) -> list[Gateway]:
        """The ready replicas."""
        return self.balancer.gateways

    @property
    def sockets(self) -> list[int]:
        """The number of sockets of each ready replica."""
        return [len(each.pages) for each in self.gateways]

    def fill(self, replicas: int, sockets: int) -> None:
        """Have so many replicas at once, and sockets that have been spread evenly for long."""
        self.gateways.extend(self._gateway() for _ in range(replicas))
        now, random = self.world.agenda.now, self.world.random
        for each in itertools.islice(itertools.cycle(self.gateways), sockets):
            Page(self.world).sit(each, now, lived=random.random())

    async def add(self) -> None:
        """Start a replica, and have it ready."""
        await asyncio.sleep(STARTING_SECONDS)
        self.gateways.append(self._gateway())

    async def remove(self, leaver: Gateway) -> None:
        """Delete the pod of a replica: new connections stop first, then the drain begins."""
        await asyncio.sleep(NOTICED_SECONDS)
        self.gateways.remove(leaver)
        await asyncio.sleep(self.times.leaving - NOTICED_SECONDS)
        await leaver.leave()

    async def replace_each(self) -> None:
        """Roll out: a new one is added before an old one goes (maxSurge 1, maxUnavailable 0)."""
        async with asyncio.TaskGroup() as leaving:
            for leaver in tuple(self.gateways):
                await self.add()
                await asyncio.sleep(self.times.settling)
                leaving.create_task(self.remove(leaver))

    async def kill(self, victim: Gateway) -> None:
        """Kill a replica, which proxies try on until they notice; another takes its place."""
        victim.die()
        await asyncio.sleep(NOTICED_SECONDS)
        self.gateways.remove(victim)
        await self.add()

    async def scale(self, autoscaler: Autoscaler) -> None:
        """Follow the autoscaler until cancelled; the newest replica goes first."""
        replicas = len(self.gateways)
        async with asyncio.TaskGroup() as changes:
            while True:
                wanted = autoscaler.replicas(self.world.agenda.now, replicas, sum(self.sockets))
                for _ in range(replicas, wanted):
                    changes.create_task(self.add())
                for leaver in self.gateways[wanted:]:
                    changes.create_task(self.remove(leaver))
                replicas = wanted
                await asyncio.sleep(SYNC_SECONDS)

    def _gateway(self) -> Gateway:
        rotation, draining = self.times.rotation, self.times.draining
        return gateway(self.metrics, rotation, draining, self.handshake_seconds)


def unevenness(sockets: Sequence[int]) -> float:
    """Return the fullest replica's sockets as a multiple of the mean."""
    return max(sockets) * len(sockets) / sum(sockets)
