"""Checks that pods run the same images, by the same users, as the compose stack; and bounded."""

from collections.abc import Iterator
from typing import Final

from tests.support.compose_files import services
from tests.support.kubernetes.objects import OURS, Object, Render, Workload

# The compose service that runs the same image, where it has another name.
_IN_COMPOSE: Final = {"migrate": "web", "backup": "web"}
_LOOSE_TAGS: Final = {"", "latest", "main", "edge", "stable"}


def unpinned(render: Render) -> Iterator[str]:
    """Yield each image whose tag says nothing, or that is another than compose's."""
    for workload in render.workloads():
        for one in workload.containers:
            name, _, tag = one["image"].partition(":")
            if tag in _LOOSE_TAGS:
                yield f"{workload.name} runs {one['image']}, whatever that is by then"
            if not _is_ours(name) and one["image"] not in _foreign():
                yield f"{workload.name} runs {one['image']}, which compose does not"


def _is_ours(image: str) -> bool:
    return image.rpartition("/")[2] in {f"natter-{service}" for service in OURS}


def _foreign() -> set[str]:
    images = {one["image"] for one in services().values()}
    return {image for image in images if not image.startswith("natter-")}


def users(render: Render) -> Iterator[str]:
    """Yield each container that runs as somebody else than in the compose stack."""
    for workload in render.workloads():
        if (expected := user_of(workload.name)) is None:
            yield f"nobody knows who {workload.name} runs as"
            continue
        for one in workload.containers:
            context = {**workload.pod["securityContext"], **one["securityContext"]}
            if (context.get("runAsUser"), context.get("runAsGroup")) != expected:
                yield f"{workload.name} runs as {context.get('runAsUser')}, not as {expected[0]}"


def user_of(name: str) -> tuple[int, int] | None:
    """Return user and group of the compose service that runs the same."""
    service = services().get(_IN_COMPOSE.get(name, name))
    if service is None:
        return None
    user, group = service["user"].split(":")
    return int(user), int(group)


def unsealed(render: Render) -> Iterator[str]:
    """Yield what Natter asks beyond the restricted profile."""
    for workload in render.workloads():
        pod = workload.pod
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{workload.name} gets a token of the cluster's API"
        if pod.get("enableServiceLinks") is not False:
            yield f"{workload.name} gets a variable for each Service, some of them settings"
        for one in workload.containers:
            if one["securityContext"].get("readOnlyRootFilesystem") is not True:
                yield f"{workload.name}, {one['name']}: its root can be written"
            yield from (f"{workload.name}, {one['name']}: {fault}" for fault in _unbounded(one))
        yield from _unbounded_memory(workload)


def _unbounded(one: Object) -> Iterator[str]:
    resources = one.get("resources", {})
    for kind, names in (("requests", ("cpu", "memory")), ("limits", ("memory",))):
        yield from (
            f"it has no {name} in its {kind}"
            for name in names
            if name not in resources.get(kind, {})
        )
    if "cpu" in resources.get("limits", {}):
        yield "its CPU is throttled, which is felt as latency"


def _unbounded_memory(workload: Workload) -> Iterator[str]:
    for volume in workload.pod.get("volumes", ()):
        if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
            yield f"{workload.name}: the volume {volume['name']} may fill its node"


def writable_secrets(render: Render) -> Iterator[str]:
    """Yield each Secret that its reader could write, or that never changes while it is mounted."""
    for workload in render.workloads():
        held = {one["name"] for one in workload.pod.get("volumes", ()) if "secret" in one}
        for one in workload.containers:
            for mount in one.get("volumeMounts", ()):
                if mount["name"] in held and not mount.get("readOnly"):
                    yield f"{workload.name} may write its secrets"
                if mount["name"] in held and "subPath" in mount:
                    yield f"{workload.name} never sees a secret's new value"
