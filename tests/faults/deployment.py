"""Replicas of a service behind one address, replaced one after the other as a Deployment does it.

Reference: Kubernetes, "Deployments" (maxSurge 1, maxUnavailable 0) and "Pod Lifecycle": a pod that
is to go leaves its Service some time after it was told so, and its `preStop` hook waits for that.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults.balancer import Balancer
from tests.faults.service_process import ServiceProcess, service
from tests.support.gateways import ROOT
from tests.support.waiting import passed

PROPAGATION_SECONDS: Final = 1.5
PRE_STOP_SECONDS: Final = 3.0
GRACE_SECONDS: Final = 90.0


@dataclass(slots=True)
class Deployment:
    """So many replicas of `services.<name>`; `balancer` is its Service."""

    name: str
    environment: Mapping[str, str]
    folder: Path
    balancer: Balancer
    version: Path = ROOT
    drain: Mapping[str, str] = field(default_factory=dict)
    """Environment that only versions after the one in `before` know; others refuse to start."""
    before: Path | None = None
    replicas: list[ServiceProcess] = field(default_factory=list)
    gone: list[ServiceProcess] = field(default_factory=list)

    async def add(self) -> ServiceProcess:
        """Start one more, and lead new connections to it once it is ready."""
        newer = {} if self.version == self.before else self.drain
        replica = service(self.name, {**self.environment, **newer}, self.folder)
        replica.version = self.version
        self.replicas.append(replica)
        replica.begin()
        await replica.until_ready()
        self.balancer.addresses.append(replica.address)
        return replica

    async def remove(self, replica: ServiceProcess) -> None:
        """Take one out in order; fails where it does not end within its grace."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forget(replica))
            await passed(PRE_STOP_SECONDS)
            await replica.end(GRACE_SECONDS)
        self.replicas.remove(replica)
        self.gone.append(replica)

    async def roll(self, version: Path) -> None:
        """Replace every replica by one of this version."""
        self.version = version
        for old in list(self.replicas):
            await self.add()
            await self.remove(old)

    def logs(self) -> list[Path]:
        """Name what all of them have said."""
        return [replica.log for replica in [*self.gone, *self.replicas]]

    async def _forget(self, replica: ServiceProcess) -> None:
        await passed(PROPAGATION_SECONDS)
        self.balancer.addresses.remove(replica.address)


@asynccontextmanager
async def deployed(deployment: Deployment, count: int) -> AsyncIterator[Deployment]:
    """Run so many replicas, and whatever replaces them, until the body ends."""
    try:
        for _ in range(count):
            await deployment.add()
        yield deployment
    finally:
        for replica in deployment.replicas:
            replica.kill()
