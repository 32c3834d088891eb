"""Checks that each reference has a target: ConfigMaps, Secrets, volumes, claims, routes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.kubernetes.objects import Object, Render, Workload, called, name_of

type Keys = Mapping[str, set[str]]
"""Of each Secret or ConfigMap, its keys."""

# What CloudNativePG writes for the owner of a Cluster's database (its manual, "Applications").
_OF_OPERATOR: Final = {
    "username",
    "password",
    "host",
    "port",
    "dbname",
    "uri",
    "jdbc-uri",
    "pgpass",
    "fqdn-uri",
    "fqdn-jdbc-uri",
    "user",
}
# Kubernetes itself puts it into each namespace.
_OF_CLUSTER: Final = {"kube-root-ca.crt": {"ca.crt"}}


def dangling(render: Render) -> Iterator[str]:
    """Yield each reference to a Secret or ConfigMap, or to a key of one, that there is not."""
    held = {
        "Secret": {**_made(render), **keys_of(render, "Secret"), **_written_by_operator(render)},
        "ConfigMap": {**keys_of(render, "ConfigMap"), **_OF_CLUSTER},
    }
    for workload in render.workloads():
        for kind, name, key, optional in references(workload):
            if optional:
                continue
            if name not in held[kind]:
                yield f"{workload.name} reads the {kind} {name}, which nobody makes"
            elif key and key not in held[kind][name]:
                yield f"{workload.name} reads {key} of the {kind} {name}, which has none"


def keys_of(render: Render, kind: str) -> dict[str, set[str]]:
    """Return the keys of the Secrets or ConfigMaps that are rendered."""
    parts = ("data", "binaryData", "stringData")
    return {
        name_of(one): {key for part in parts for key in one.get(part) or ()}
        for one in render.of(kind)
    }


def _made(render: Render) -> dict[str, set[str]]:
    return {name: set(values) for name, values in render.secrets.items()}


def _written_by_operator(render: Render) -> dict[str, set[str]]:
    return {f"{name_of(one)}-app": _OF_OPERATOR for one in render.of("Cluster")}


def references(workload: Workload) -> Iterator[tuple[str, str, str, bool]]:
    """Yield kind, name, key (empty for all) and whether it may be missing."""
    for one in workload.containers:
        yield from _of_environment(one)
    for volume in workload.pod.get("volumes", ()):
        yield from _of_volume(volume)


def _of_environment(container: Object) -> Iterator[tuple[str, str, str, bool]]:
    for source in container.get("envFrom", ()):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if ref := source.get(field):
                yield kind, ref["name"], "", ref.get("optional", False)
    for variable in container.get("env", ()):
        source = variable.get("valueFrom", {})
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            if ref := source.get(field):
                yield kind, ref["name"], ref["key"], ref.get("optional", False)


def _of_volume(volume: Object) -> Iterator[tuple[str, str, str, bool]]:
    for source in (volume, *volume.get("projected", {}).get("sources", ())):
        for field, kind, name in (
            ("secret", "Secret", "secretName"),
            ("configMap", "ConfigMap", "name"),
        ):
            if ref := source.get(field):
                optional = ref.get("optional", False)
                target = ref.get(name) or ref["name"]
                for item in ref.get("items") or ({"key": ""},):
                    yield kind, target, item["key"], optional


def unmounted(render: Render) -> Iterator[str]:
    """Yield each mount without its volume, each volume and claim that nobody uses or has."""
    for workload in render.workloads():
        claims = {name_of(one) for one in workload.spec.get("volumeClaimTemplates", ())}
        volumes = {one["name"]: one for one in workload.pod.get("volumes", ())}
        mounted = {m["name"] for one in workload.containers for m in one.get("volumeMounts", ())}
        for name in mounted ^ (claims | volumes.keys()):
            yield f"{workload.name}: the volume {name} is not both there and mounted"
        for volume in volumes.values():
            claim: Any = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim and render.find("PersistentVolumeClaim", claim) is None:
                yield f"{workload.name} asks for the claim {claim}, which nobody makes"


def aimless(render: Render) -> Iterator[str]:
    """Yield each scaler, route and StatefulSet whose target or Service there is not."""
    for one in (*render.of("HorizontalPodAutoscaler"), *render.of("ScaledObject")):
        target = one["spec"]["scaleTargetRef"]
        if render.find(target.get("kind", "Deployment"), target["name"]) is None:
            yield f"{called(one)} scales {target['name']}, which there is not"
    for one in render.of("StatefulSet"):
        service = render.find("Service", one["spec"]["serviceName"])
        if service is None:
            yield f"{called(one)} has no Service {one['spec']['serviceName']}"
    for place, name, port in backends(render):
        found = render.find("Service", name)
        ports = [] if found is None else found["spec"]["ports"]
        if not any(port in (each["port"], each.get("name")) for each in ports):
            yield f"{place} leads to {name}:{port}, which there is not"


def backends(render: Render) -> Iterator[tuple[str, str, int | str]]:
    """Yield where routes lead to: the route, a Service and its port."""
    for route in render.of("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs", ()):
                yield called(route), backend["name"], backend["port"]
    for ingress in render.of("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                port = service["port"]
                yield called(ingress), service["name"], port.get("name", port.get("number"))
