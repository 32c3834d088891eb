"""Checks how pods start and end: rollouts, evictions, and the time each has to end by itself."""

import re
from collections.abc import Iterator
from typing import Final

from services.shared.process.serving import SHUTDOWN_SECONDS
from services.shared.process.tracing.export import FLUSH_SECONDS
from tests.support.compose_files import seconds
from tests.support.kubernetes.agreement import bus_configuration
from tests.support.kubernetes.applications import SETTINGS
from tests.support.kubernetes.objects import (
    TOOLS,
    Object,
    Render,
    Workload,
    called,
    name_of,
    selects,
)
from tests.support.kubernetes.scaling import replicas_of
from tests.support.kubernetes.settings import told

# nats-server's own (its manual, "Lame duck mode").
_LAME_DUCK_SECONDS: Final = 120
_DRAINS: Final = {
    "web": ("NATTER_WEB_DRAIN_SECONDS", "drain_seconds"),
    "realtime": ("NATTER_REALTIME_DRAIN_SECONDS", "drain_seconds"),
    "ai": ("NATTER_AI_DRAIN_SECONDS", "drain_seconds"),
}


def cut_short(render: Render) -> Iterator[str]:
    """Yield each pod that is killed before it has ended by itself."""
    for workload in render.workloads():
        if workload.kind == "Job" or workload.name in TOOLS:
            continue
        needed = before_end(workload) + ending(render, workload)
        grace = workload.pod.get("terminationGracePeriodSeconds", 30)
        if grace <= needed:
            yield f"{workload.name} needs {needed:g} s to end, and is killed after {grace}"


def before_end(workload: Workload) -> float:
    """Return the seconds that the preStop hook takes; the grace period runs meanwhile."""
    hook = workload.main.get("lifecycle", {}).get("preStop", {})
    return float(hook.get("sleep", {}).get("seconds", 0))


def ending(render: Render, workload: Workload) -> float:
    """Return the seconds that the process takes after SIGTERM, at most."""
    if workload.name == "nats":
        return _lame_duck(render)
    if workload.name not in _DRAINS:
        return float(SHUTDOWN_SECONDS)
    variable, field = _DRAINS[workload.name]
    default = SETTINGS[workload.name].model_fields.get(field)
    drain = told(render, workload).get(variable, 0 if default is None else default.default)
    return float(drain) + SHUTDOWN_SECONDS + FLUSH_SECONDS


def _lame_duck(render: Render) -> float:
    found = re.search(r'^lame_duck_duration: "?(\w+)"?', bus_configuration(render), re.MULTILINE)
    return float(seconds(found[1]) if found else _LAME_DUCK_SECONDS)


def hurried(render: Render) -> Iterator[str]:
    """Yield each workload that gets requests while it ends: senders learn of that too late."""
    for workload in render.workloads():
        if workload.name in ("web", "realtime") and before_end(workload) < 1:
            yield f"{workload.name} ends at once"
        if workload.name == "nats":
            yield from _badly_left(workload)


def _badly_left(nats: Workload) -> Iterator[str]:
    """Yield where nodes hold their clients, or a node alone waits for clients that cannot go.

    nats-server ends JetStream when the lame duck begins, and keeps its clients for longer.
    """
    is_one_of_several = nats.spec.get("replicas", 1) > 1
    sends_away = "ldm" in str(nats.main.get("lifecycle"))
    if is_one_of_several and not sends_away:
        yield "nats does not send its clients away"
    if sends_away and not is_one_of_several:
        yield "nats sends its clients nowhere"


def abrupt(render: Render) -> Iterator[str]:
    """Yield each Deployment whose rollout takes a pod away before the new one is ready."""
    for one in render.of("Deployment"):
        strategy = one["spec"].get("strategy", {})
        expected = {"maxUnavailable": 0, "maxSurge": 1}
        if strategy.get("rollingUpdate") != expected and name_of(one) not in TOOLS:
            yield f"{called(one)} is rolled out by {strategy}"
    for one in render.of("StatefulSet"):
        if one["spec"].get("updateStrategy", {}).get("type", "RollingUpdate") != "RollingUpdate":
            yield f"{called(one)} is not rolled out"


def waiting_for_each_other(render: Render) -> Iterator[str]:
    """Yield a cluster of NATS of which the first pod waits for the others, and is waited for."""
    for one in render.of("StatefulSet"):
        if one["spec"].get("replicas", 1) > 1:
            if one["spec"].get("podManagementPolicy") != "Parallel":
                yield f"{called(one)} starts its pods one by one"
            service = render.get("Service", one["spec"]["serviceName"])
            if not service["spec"].get("publishNotReadyAddresses"):
                yield f"{called(service)} hides pods that are not ready"


def obstructive(render: Render) -> Iterator[str]:
    """Yield each budget that is ambiguous, or that keeps a node from being emptied."""
    for budget in render.of("PodDisruptionBudget"):
        for fault in _faults_of_budget(render, budget):
            yield f"{called(budget)} {fault}"


def _faults_of_budget(render: Render, budget: Object) -> Iterator[str]:
    spec = budget["spec"]
    if len({"minAvailable", "maxUnavailable"} & spec.keys()) != 1:
        yield "has not exactly one of minAvailable and maxUnavailable"
    if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
        yield "keeps pods that are not ready"
    if spec.get("maxUnavailable") in (0, "0%"):
        yield "lets no pod go"
    for workload in render.workloads():
        if selects(spec.get("selector"), workload.labels):
            least = replicas_of(render, workload)[0]
            if _blocks(spec.get("minAvailable"), least):
                yield f"keeps the last pod of {workload.name}"


def _blocks(minimum: int | str | None, replicas: int) -> bool:
    if isinstance(minimum, str):
        return minimum == "100%" or replicas == 1
    return minimum is not None and minimum >= replicas


def drained_in_vain(render: Render) -> Iterator[str]:
    """Yield each workload of several replicas that has no disruption budget."""
    for workload in render.workloads():
        budgets = [
            one
            for one in render.of("PodDisruptionBudget")
            if selects(one["spec"].get("selector"), workload.labels)
        ]
        several = workload.kind != "Job" and replicas_of(render, workload)[1] > 1
        if several and len(budgets) != 1:
            yield f"{workload.name} has {len(budgets)} budgets"
