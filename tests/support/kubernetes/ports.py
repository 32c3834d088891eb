"""Checks that Services, probes and routes lead to ports that are listened on."""

from collections.abc import Iterator
from typing import Final

from tests.support.kubernetes.applications import addresses, port_of
from tests.support.kubernetes.objects import (
    OURS,
    PROXY,
    TOOLS,
    Object,
    Render,
    Workload,
    called,
    name_of,
    selects,
)

PROBES: Final = ("startupProbe", "readinessProbe", "livenessProbe")
# nats-server's health endpoint (its manual, "Monitoring"): a bare one is red while it catches up.
_NATS_PROBES: Final = {
    "startupProbe": {"/healthz", "/healthz?js-server-only=true"},
    "readinessProbe": {"/healthz?js-server-only=true"},
    "livenessProbe": {"/healthz?js-enabled-only=true"},
}
# Why web is ready while its database is away: ARCHITECTURE.md, "Decisions".
_OUR_PROBES: Final = {
    "web": {"startupProbe": "/ready", "readinessProbe": "/live", "livenessProbe": "/live"},
    "realtime": {"startupProbe": "/ready", "readinessProbe": "/ready", "livenessProbe": "/live"},
    "ai": {"startupProbe": "/ready", "readinessProbe": "/ready", "livenessProbe": "/live"},
    "demo": dict.fromkeys(PROBES, "/health"),
}


_PORTS: Final = {
    "postgres": {"postgres": 5432},
    "nats": {"client": 4222},
    "nats-headless": {"client": 4222, "cluster": 6222, "monitor": 8222},
    # As in the compose stack: the address that a person types.
    "proxy": {"http": 8000},
}


def misled(render: Render) -> Iterator[str]:
    """Yield each port of a Service that no container has, or that has another number there."""
    for service in render.of("Service"):
        pods = [one for one in render.workloads() if selects(selector(service), one.labels)]
        for port in service["spec"]["ports"]:
            for workload in pods:
                yield from _faults_of_port(service, port, workload)


def selector(service: Object) -> Object:
    """Return a Service's selector as the others are written."""
    return {"matchLabels": service["spec"].get("selector", {})}


def _faults_of_port(service: Object, port: Object, workload: Workload) -> Iterator[str]:
    target = port.get("targetPort", port["port"])
    if target not in ports_of(workload):
        yield f"{called(service)} leads to {target}, a port that {workload.name} does not name"


def renumbered(render: Render) -> Iterator[str]:
    """Yield each Service whose ports are not the documented ones."""
    for service in render.of("Service"):
        name = name_of(service)
        found = {one["name"]: one["port"] for one in service["spec"]["ports"]}
        if found != {**_PORTS, **{one: {"http": port_of(one)} for one in OURS}}.get(name):
            yield f"{called(service)} has the ports {found}"


def ports_of(workload: Workload) -> dict[str, int]:
    """Return the ports of a pod by their names."""
    return {
        port["name"]: port["containerPort"]
        for one in workload.containers
        for port in one.get("ports", ())
    }


def unlike_settings(render: Render) -> Iterator[str]:
    """Yield each of our containers that has another port than the service's settings."""
    for workload in render.workloads():
        if workload.name in OURS and ports_of(workload) != {"http": port_of(workload.name)}:
            yield f"{workload.name} has the ports {ports_of(workload)}"


def unanswered(render: Render) -> Iterator[str]:
    """Yield each probe that is missing, or that asks what nobody answers."""
    for workload in render.workloads():
        if workload.kind == "Job" or workload.name in (*TOOLS, *PROXY):
            continue
        for kind in PROBES:
            if kind not in workload.main:
                yield f"{workload.name} has no {kind}"
            else:
                yield from _faults_of_probe(workload, kind, workload.main[kind])


def _faults_of_probe(workload: Workload, kind: str, probe: Object) -> Iterator[str]:
    place = f"the {kind} of {workload.name}"
    asked = probe.get("httpGet", {})
    if asked and asked.get("port") not in {one["name"] for one in workload.main["ports"]}:
        yield f"{place} asks port {asked.get('port')}, which the container does not name"
    if workload.name == "postgres":
        yield from _faults_of_database_probe(place, kind, probe)
    elif asked.get("path") not in _right_paths(workload, kind):
        yield f"{place} asks {asked.get('path')}"


def _faults_of_database_probe(place: str, kind: str, probe: Object) -> Iterator[str]:
    asks = "pg_isready" in " ".join(probe.get("exec", {}).get("command", ()))
    # While it recovers it listens and refuses, and must not be ended then.
    if asks == (kind == "livenessProbe"):
        yield f"{place} takes recovery for {'an end' if asks else 'readiness'}"


def _right_paths(workload: Workload, kind: str) -> set[str]:
    if workload.name == "nats":
        return _NATS_PROBES[kind]
    return {_OUR_PROBES[workload.name][kind]} & set(addresses(workload.name))
