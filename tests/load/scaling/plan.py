"""A plan for the simulation: so many sockets on so many gateways, and the cost of each."""

import asyncio
import math
import random as chance
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from services.realtime.metrics import GatewayMetrics
from services.web.settings import WebSettings
from tests.load.measures.findings import Findings
from tests.load.scaling.agenda import Agenda
from tests.load.scaling.autoscaler import Target, desired_replicas
from tests.load.scaling.balancers import AtRandom
from tests.load.scaling.cluster import Cluster
from tests.load.scaling.manifests import Times
from tests.load.scaling.page import World
from tests.load.scaling.queue import Queue
from tests.load.schedule import SEED

# Seen on 2026-11-30; deploy/SIZING.md.
_HANDSHAKES: Final = 10_000
_TOKEN_MS: Final = 0.73
_MILLI: Final = 1e3
# One web beside so many sockets, and two at least.
_SOCKETS_A_WEB: Final = 25_000
_LEAST_WEBS: Final = 2
# A fifth fewer than the load wants: beyond the tolerance.
_TOO_FEW: Final = 0.8
_TOKEN_SECONDS: Final[int] = WebSettings.model_fields["stream_token_seconds"].default


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of CPU, as the other measures found them."""

    handshake: float
    """Of a gateway, which is one process."""
    token: float
    """Of web, for the token of a further connection."""


def costs_in(findings: Findings) -> Costs:
    """Take what this run has measured, or what another has."""
    handshakes = findings.get("handshakes", _HANDSHAKES)
    return Costs(1 / handshakes, findings.get("token_web", _TOKEN_MS) / _MILLI)


@dataclass(frozen=True, slots=True)
class Plan:
    """One column of the table, for one number of sockets."""

    sockets: int
    target: Target
    times: Times
    balancer: Callable[[Random], AtRandom]
    costs: Costs

    @property
    def replicas(self) -> int:
        """As many gateways as the autoscaler would have for these sockets."""
        return max(desired_replicas(0, self.sockets, self.target.each), self.target.least)

    @property
    def too_few(self) -> int:
        """So few that it would add some."""
        return max(int(self.replicas * _TOO_FEW), 1)

    @property
    def webs(self) -> int:
        """The number of web replicas that make tokens."""
        return max(self.sockets // _SOCKETS_A_WEB, _LEAST_WEBS)


@asynccontextmanager
async def cluster_of(plan: Plan, replicas: int) -> AsyncIterator[Cluster]:
    """Run a cluster of so many gateways, the same each time, on a virtual clock."""
    # The rules of the real gateway draw from Python's own generator.
    chance.seed(SEED)
    random = Random(SEED)  # noqa: S311 - nothing is to be guessed
    agenda, balancer = Agenda(), plan.balancer(random)
    tokens = Queue(plan.costs.token / plan.webs)
    # Where nobody rotates, nobody looks at a token again either.
    lasting = _TOKEN_SECONDS if plan.times.rotation < math.inf else math.inf
    world = World(agenda, balancer, tokens, lasting, random)
    cluster = Cluster(plan.times, plan.costs.handshake, GatewayMetrics(), balancer, world)
    cluster.fill(replicas, plan.sockets)
    async with beside(agenda.run()):
        yield cluster


@asynccontextmanager
async def beside(loop: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `loop` beside the body and end it after that; where it fails, the body does."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(loop)
        yield
        task.cancel()
