"""A Natter of replicas: each service is a deployment behind an address of its own."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Final

import httpx2

from services.shared.bus.connection import Bus, open_bus
from services.web.db.pool import Pool, open_pool
from tests.faults.balancer import Balancer
from tests.faults.deployment import Deployment, deployed
from tests.faults.ingress import Ingress
from tests.faults.natter import KEYS, REQUEST_SECONDS, connection
from tests.faults.pool_store import PoolStore
from tests.faults.readers import chance
from tests.support.accounts import FROM_HERE, NO_LIMITS, sign_in_anew
from tests.support.chatting.chat import Chat, new_chat
from tests.support.gateways import ROOT
from tests.support.nats_process import running_bus

REPLICAS: Final = 2
# Balancers lead requests and sockets on from here.
NOWHERE: Final = "http://127.0.0.1:1"
WEB: Final = {
    "NATTER_WEB_REALTIME_URL": "ws://127.0.0.1:1",
    **NO_LIMITS,
    **KEYS,
}
# A version that has no accounts yet.
SINGLE_USER: Final = {"NATTER_WEB_SINGLE_USER": "true"}
# All readers come from one address, as one user.
REALTIME: Final = {
    "NATTER_REALTIME_MAX_SOCKETS_PER_USER": "5000",
    "NATTER_REALTIME_MAX_SOCKETS_PER_ADDRESS": "5000",
    **KEYS,
}
DRAINS: Final = {
    "web": {"NATTER_WEB_DRAIN_SECONDS": "5"},
    "ai": {"NATTER_AI_DRAIN_SECONDS": "15"},
}


@dataclass(slots=True)
class Cluster:
    """Its parts; `http` comes by way of `ingress`, `bus` is a connection as web."""

    web: Deployment
    realtime: Deployment
    ai: Deployment
    ingress: Ingress
    http: httpx2.AsyncClient
    database: Pool
    bus: Bus
    random: Random

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """All three, in the order in which they are replaced."""
        return self.web, self.realtime, self.ai

    async def chat(self) -> Chat:
        """Begin a chat."""
        return await new_chat(self.http, PoolStore(self.database))


@asynccontextmanager
async def running_cluster(  # noqa: PLR0913 - what differs from one to another
    folder: Path,
    database_url: str,
    endpoint: str,
    seed: int,
    *,
    replicas: int = REPLICAS,
    before: Path | None = None,
    of_before: Collection[str] = (),
    ai: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Cluster]:
    """Run `replicas` of each service in this version, or in that in `before` for some of them.

    `ai` is environment of the workers.
    """
    random = Random(seed)  # noqa: S311 - a seed makes the same run every time
    async with AsyncExitStack() as stack:
        nats = stack.enter_context(running_bus(folder / "nats"))

        async def deploy(name: str, environment: Mapping[str, str]) -> Deployment:
            environment = {"NATS_URL": nats.server.url(name), **environment}
            deployment = Deployment(
                name,
                environment,
                folder,
                Balancer(chance(random)),
                before if before and name in of_before else ROOT,
                DRAINS.get(name, {}),
                before,
            )
            return await stack.enter_async_context(deployed(deployment, replicas))

        people = SINGLE_USER if before else {}
        web = await deploy("web", {**WEB, **people, "DATABASE_URL": database_url})
        realtime = await deploy("realtime", REALTIME)
        workers = await deploy("ai", {**connection(endpoint, "prefill"), **ai})
        ingress = Ingress(web.balancer)
        client = httpx2.AsyncClient(
            base_url=NOWHERE, transport=ingress, timeout=REQUEST_SECONDS, headers=FROM_HERE
        )
        http = await stack.enter_async_context(client)
        database = await stack.enter_async_context(open_pool(database_url, size=5))
        if not before:
            async with database.acquire() as db:
                await sign_in_anew(http, db)
        bus = await stack.enter_async_context(open_bus(nats.server.url("web"), name="faults"))
        yield Cluster(web, realtime, workers, ingress, http, database, bus, random)
