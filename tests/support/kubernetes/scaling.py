"""Checks that one scaler at most sets a workload's replicas, by a metric that is measured."""

from collections.abc import Iterator
from typing import Final

from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER
from tests.support.alerting import named_in
from tests.support.gateway_metrics import watched
from tests.support.kubernetes.objects import NAMESPACE, TOOLS, Object, Render, Workload, called

SCALERS: Final = ("HorizontalPodAutoscaler", "ScaledObject")
# nats-server puts users without an account into this one.
GLOBAL_ACCOUNT: Final = "$G"


def scalers(render: Render, workload: Workload) -> list[Object]:
    """Return whatever sets a workload's number of pods."""
    return [
        one
        for kind in SCALERS
        for one in render.of(kind)
        if one["spec"]["scaleTargetRef"]["name"] == workload.name
        and one["spec"]["scaleTargetRef"].get("kind", "Deployment") == workload.kind
    ]


def replicas_of(render: Render, workload: Workload) -> tuple[int, int]:
    """Return how many pods a workload has at least and at most."""
    for one in scalers(render, workload):
        spec = one["spec"]
        least = spec.get("minReplicas", spec.get("minReplicaCount", 1))
        return least, spec.get("maxReplicas", spec.get("maxReplicaCount", 100))
    count = workload.spec.get("replicas", 1)
    return count, count


def contested(render: Render) -> Iterator[str]:
    """Yield each workload whose number of pods two decide."""
    for workload in render.workloads():
        owners = [called(one) for one in scalers(render, workload)]
        if owners and "replicas" in workload.spec:
            owners.append("its own replicas")
        if len(owners) > 1:
            yield f"{workload.name} is scaled by {', '.join(owners)}"
        least, most = replicas_of(render, workload)
        if workload.name not in TOOLS and not 1 <= least <= most:
            yield f"{workload.name} has {least} to {most} pods"


def unmeasured(render: Render) -> Iterator[str]:
    """Yield each scaler that goes by a share of what a container does not ask for."""
    for one in render.of("HorizontalPodAutoscaler"):
        workload = render.workload(one["spec"]["scaleTargetRef"]["name"])
        for metric in one["spec"]["metrics"]:
            if metric["type"] == "Resource":
                yield from _unrequested(called(one), workload, metric["resource"]["name"])
    for one in render.of("ScaledObject"):
        workload = render.workload(one["spec"]["scaleTargetRef"]["name"])
        for trigger in one["spec"]["triggers"]:
            if trigger["type"] == "cpu":
                yield from _unrequested(called(one), workload, "cpu")


def _unrequested(scaler: str, workload: Workload, resource: str) -> Iterator[str]:
    for one in workload.pod["containers"]:
        if resource not in one.get("resources", {}).get("requests", {}):
            yield f"{scaler} goes by {resource}, for which {one['name']} does not ask"


def mistaken(render: Render) -> Iterator[str]:
    """Yield each trigger of KEDA that asks for what is not there, or takes silence for rest."""
    for one in render.of("ScaledObject"):
        if "fallback" not in one["spec"]:
            yield f"{called(one)} has no fallback"
        for trigger in one["spec"]["triggers"]:
            faults = _FAULTS.get(trigger["type"], _of_other)
            yield from (f"{called(one)}: {fault}" for fault in faults(render, trigger["metadata"]))


def _of_jetstream(render: Render, asked: Object) -> Iterator[str]:
    if (asked["stream"], asked["consumer"]) != (AI_JOBS, AI_JOBS_CONSUMER):
        yield f"nobody makes the consumer {asked['consumer']} of {asked['stream']}"
    if asked["account"] != GLOBAL_ACCOUNT:
        yield f"nobody is in the account {asked['account']}"
    host, _, port = asked["natsServerMonitoringEndpoint"].partition(":")
    service, _, namespace = host.partition(".")
    found = render.find("Service", service)
    if namespace != f"{NAMESPACE}.svc.cluster.local":
        yield f"{host} is not found from another namespace"
    if found is not None and not _is_each_pod(found, port):
        yield f"{service}:{port} does not lead to each pod's monitoring"


def _is_each_pod(service: Object, port: str) -> bool:
    """Only the leader of a consumer knows how much it has left, and is asked by its pod's name."""
    ports = {str(one["port"]) for one in service["spec"]["ports"]}
    return service["spec"].get("clusterIP") == "None" and port in ports


def _of_prometheus(_render: Render, asked: Object) -> Iterator[str]:
    exported = {metric.name for metric in watched().collect()}
    for named in named_in(asked["query"]):
        if named.metric not in exported:
            yield f"nobody exports {named.metric}"
        if named.labels.get("namespace") != NAMESPACE:
            yield f"{named.metric} is asked of every namespace"
    if asked.get("ignoreNullValues") != "false":
        yield "a metric that is missing counts as none"


def _of_other(_render: Render, _asked: Object) -> Iterator[str]:
    yield from ()


_FAULTS: Final = {"nats-jetstream": _of_jetstream, "prometheus": _of_prometheus}


def sudden(render: Render) -> Iterator[str]:
    """Yield each scaler of the gateway that sends sockets away as fast as it can."""
    for one in (found for kind in SCALERS for found in render.of(kind)):
        if one["spec"]["scaleTargetRef"]["name"] != "realtime":
            continue
        rules = behavior(one).get("scaleDown", {})
        if rules.get("stabilizationWindowSeconds", 300) < 300 or not rules.get("policies"):
            yield f"{called(one)} takes pods away at once"


def behavior(scaler: Object) -> Object:
    """Return how fast a scaler acts."""
    spec: Object = scaler["spec"]
    if scaler["kind"] == "ScaledObject":
        spec = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {})
    found: Object = spec.get("behavior", {})
    return found
