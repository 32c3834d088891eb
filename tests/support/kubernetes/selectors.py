"""Checks that labels and selectors match what they are meant for, and nothing else."""

from collections.abc import Iterator
from typing import Final

from tests.support.kubernetes.objects import (
    NAME_LABEL,
    NAMESPACE,
    PART_LABEL,
    Object,
    Render,
    Workload,
    called,
    name_of,
    selects,
)

_MACHINE: Final = "kubernetes.io/hostname"
CLUSTER_WIDE: Final = ("Namespace",)


def unlabelled(render: Render) -> Iterator[str]:
    """Yield what is outside of the namespace, or not marked as a part of Natter."""
    for one in render.objects:
        metadata = one["metadata"]
        if one["kind"] not in CLUSTER_WIDE and metadata.get("namespace") != NAMESPACE:
            yield f"{called(one)} is not in the namespace"
        if metadata.get("labels", {}).get(PART_LABEL) != "natter":
            yield f"{called(one)} has no label {PART_LABEL}"
    for workload in render.workloads():
        if workload.labels.get(PART_LABEL) != "natter":
            yield f"the pods of {workload.name} have no label {PART_LABEL}"


def strayed(render: Render) -> Iterator[str]:
    """Yield each selector that does not match the pods of exactly one workload."""
    workloads = list(render.workloads())
    for workload in workloads:
        if workload.kind == "Job":
            continue
        expected = {"matchLabels": {NAME_LABEL: workload.name}}
        if workload.spec.get("selector") != expected:
            yield f"{workload.name} selects {workload.spec.get('selector')}"
    for place, selector in selectors(render):
        found = [one.name for one in workloads if selects(selector, one.labels)]
        if len(found) != 1:
            yield f"{place} selects {', '.join(found) or 'nothing'}"


def selectors(render: Render) -> Iterator[tuple[str, Object]]:
    """Yield whatever is to select the pods of one workload, and where it stands."""
    for workload in render.workloads():
        if workload.kind != "Job":
            yield workload.name, workload.spec["selector"]
        for one in workload.pod.get("topologySpreadConstraints", ()):
            yield f"the spread of {workload.name}", one.get("labelSelector")
    for service in render.of("Service"):
        yield called(service), {"matchLabels": service["spec"]["selector"]}
    for kind in ("PodDisruptionBudget", "PodMonitor"):
        for one in render.of(kind):
            if not _is_for_several(one):
                yield called(one), one["spec"]["selector"]


def _is_for_several(one: Object) -> bool:
    return "matchExpressions" in one["spec"]["selector"]


def spread(render: Render) -> Iterator[str]:
    """Yield each workload whose pods, those of one rollout together, are not spread over nodes."""
    for workload in render.workloads():
        for one in workload.pod.get("topologySpreadConstraints", ()):
            yield from (f"{workload.name}: {fault}" for fault in _faults_of_spread(workload, one))


def _faults_of_spread(workload: Workload, one: Object) -> Iterator[str]:
    if not selects(one.get("labelSelector"), workload.labels):
        yield "the spread does not count its own pods"
    if workload.kind == "Deployment":
        if one.get("matchLabelKeys") != ["pod-template-hash"]:
            yield "the spread counts the pods of the rollout before"
        if one["whenUnsatisfiable"] != "ScheduleAnyway":
            yield "a pod that keeps no state would rather not run than share a node"
    elif one["topologyKey"] == _MACHINE and one["whenUnsatisfiable"] != "DoNotSchedule":
        yield "two of those that keep copies for each other may share a machine"


def unselected(render: Render) -> Iterator[str]:
    """Yield each ServiceMonitor that matches no Service."""
    for monitor in render.of("ServiceMonitor"):
        found = [
            name_of(one)
            for one in render.of("Service")
            if selects(monitor["spec"]["selector"], one["metadata"].get("labels", {}))
        ]
        if not found:
            yield f"{called(monitor)} selects nothing"
