"""Scenarios: gateways that come and go, and what that does to sockets."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from services.realtime.close_codes import ROTATED
from tests.load.measures.findings import Findings
from tests.load.percentiles import percentile
from tests.load.scaling.autoscaler import Autoscaler
from tests.load.scaling.cluster import Cluster, unevenness
from tests.load.scaling.page import Return
from tests.load.scaling.plan import Plan, beside, cluster_of

MINUTES: Final = (1, 5, 10, 15, 20)
EVEN: Final = 1.1
_MINUTE: Final = 60
_LOOK_SECONDS: Final = 5

type Change = Callable[[Cluster], Awaitable[None]]


async def scale_up(plan: Plan) -> Findings:
    """Let the autoscaler add gateways to too few; return how sockets spread from then on."""
    findings: Findings = {}
    async with (
        cluster_of(plan, plan.too_few) as cluster,
        beside(cluster.scale(Autoscaler(plan.target))),
    ):
        while len(cluster.gateways) < plan.replicas:  # noqa: ASYNC110 - by a virtual clock
            await asyncio.sleep(1)
        for seconds in range(0, MINUTES[-1] * _MINUTE + 1, _LOOK_SECONDS):
            found = unevenness(cluster.sockets)
            if found <= EVEN:
                findings.setdefault("even_after", seconds / _MINUTE)
            if (minute := seconds / _MINUTE) in MINUTES:
                findings[f"spread_{minute:.0f}"] = found
            await asyncio.sleep(_LOOK_SECONDS)
        rotated = [each for each in cluster.world.returns if each.code == ROTATED.code]
    return findings | _absent("rotated", rotated)


async def changed(plan: Plan, replicas: int, change: Change, name: str) -> Findings:
    """Do `change` to so many gateways; return what it costs, and how even they are afterwards."""
    async with cluster_of(plan, replicas) as cluster:
        await change(cluster)
        await asyncio.sleep(_MINUTE)
        sent = [each for each in cluster.world.returns if each.code != ROTATED.code]
        first = unevenness(cluster.sockets)
        await asyncio.sleep((MINUTES[3] - 1) * _MINUTE)
        later = unevenness(cluster.sockets)
    return {
        f"{name}_moves": len(sent),
        f"{name}_each": len(sent) / plan.sockets,
        f"{name}_peak": _peak(sent),
        f"{name}_handshakes": len(sent) * plan.costs.handshake,
        f"{name}_tokens": len(sent) * plan.costs.token,
        f"{name}_spread_1": first,
        f"{name}_spread_15": later,
        **_absent(name, sent),
    }


async def remove_newest(cluster: Cluster) -> None:
    """Take the newest one away, as a ReplicaSet that is scaled down does."""
    await cluster.remove(cluster.gateways[-1])


async def lose_oldest(cluster: Cluster) -> None:
    """Have one killed."""
    await cluster.kill(cluster.gateways[0])


def _absent(name: str, returned: list[Return]) -> Findings:
    absences = sorted(each.absent for each in returned)
    if not absences:
        return {}
    return {
        f"{name}_p50": percentile(absences, 0.5),
        f"{name}_p99": percentile(absences, 0.99),
    }


def _peak(returned: list[Return]) -> int:
    """Count those of the second in which most came back."""
    return max(Counter(int(each.at) for each in returned).values(), default=0)
