"""`make bench ARGS="scaling"`: a table of what scaling does to sockets, on a virtual clock."""

import gc
import math
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from services.shared.process.logging import configure_logging
from tests.load.measures.findings import Findings
from tests.load.scaling import manifests
from tests.load.scaling.autoscaler import DEFAULT_DOWN, DEFAULT_UP, Target
from tests.load.scaling.balancers import AtRandom, LeastConnections
from tests.load.scaling.cluster import Cluster
from tests.load.scaling.day import day_of
from tests.load.scaling.plan import Costs, Plan
from tests.load.scaling.scenarios import changed, lose_oldest, remove_newest, scale_up
from tests.support.clock_loop import run_by_clock

SIZES: Final = {"10k": 10_000, "100k": 100_000}
OURS: Final = "random, 15 min"
# Which gateway a new connection goes to, and for how long a socket is held at the most.
COLUMNS: Final = ("random, never", "least, never", OURS, "least, 15 min", "random, 5 min")
_SHORT: Final = 300.0
_BALANCERS: Final = {"random": AtRandom, "least": LeastConnections}


def simulate(costs: Costs, tell: Callable[[str], None]) -> dict[str, Findings]:
    """Play everything; return findings by balancer and rotation, as the columns of a table."""
    # A drain logs its beginning.
    configure_logging("warning", "console")
    target = manifests.target()
    # As many as the largest plan wants, wherever the manifests stop.
    needed = math.ceil(max(SIZES.values()) / target.each)
    target = replace(target, most=max(target.most, needed))
    results: dict[str, Findings] = {}
    for column, plan in _plans(target, costs).items():
        results[column] = {}
        for size, sockets in SIZES.items():
            found = _of(replace(plan, sockets=sockets))
            results[column] |= {f"{size}_{key}": value for key, value in found.items()}
        tell(f"scaling: {column}")
    results[OURS] |= _days(target)
    return results


def _plans(target: Target, costs: Costs) -> dict[str, Plan]:
    times = manifests.times()
    seconds = {"never": math.inf, "15 min": times.rotation, "5 min": _SHORT}
    return {
        column: Plan(0, target, replace(times, rotation=seconds[rotation]), _BALANCERS[name], costs)
        for column in COLUMNS
        for name, rotation in [column.split(", ")]
    }


def _of(plan: Plan) -> Findings:
    """Play one plan's changes, each on a clock of its own."""
    played = [scale_up(plan)]
    if plan.times.rotation != _SHORT:
        played += _changes(plan)
    findings: Findings = {"few": plan.too_few, "replicas": plan.replicas, "webs": plan.webs}
    for each in played:
        findings |= _played(each)
    return findings


def _played(course: Coroutine[Any, Any, Findings]) -> Findings:
    """Play a course to its end; collecting garbage meanwhile would double the time."""
    gc.disable()
    try:
        return run_by_clock(course)
    finally:
        gc.enable()
        gc.collect()


def _changes(plan: Plan) -> list[Coroutine[Any, Any, Findings]]:
    return [
        changed(plan, plan.replicas + 1, remove_newest, "down"),
        changed(plan, plan.replicas, Cluster.replace_each, "rolled"),
        changed(plan, plan.replicas, lose_oldest, "lost"),
    ]


def _days(target: Target) -> Findings:
    by_default = replace(target, up=DEFAULT_UP, down=DEFAULT_DOWN)
    findings: Findings = {}
    for name, chosen in {"day": target, "default_day": by_default}.items():
        day = day_of(chosen)
        findings |= {
            f"{name}_changes": day.changes,
            f"{name}_sent": day.sent_back,
            f"{name}_fullest": day.fullest,
            f"{name}_hours": day.replica_hours,
        }
    return findings
