"""A container's environment and files, as the kubelet makes them."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tests.support.kubernetes.objects import Object, Render, Secrets, Workload, name_of

_REFERENCE: Final = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
OPERATORS_URI: Final = "postgresql://natter:pw@natter-db-rw:5432/natter"


@dataclass(frozen=True, slots=True)
class Holdings:
    """The values of every ConfigMap and Secret."""

    config_maps: Secrets
    secrets: Secrets

    def of(self, kind: str, name: str) -> Mapping[str, str]:
        """Return the values of one; none where it does not exist."""
        held = self.secrets if kind == "Secret" else self.config_maps
        return held.get(name, {})


def holdings(render: Render) -> Holdings:
    """Gather the values that a render, a person and an operator give."""
    maps = {name_of(one): dict(one.get("data") or {}) for one in render.of("ConfigMap")}
    operators = {f"{name_of(one)}-app": {"uri": OPERATORS_URI} for one in render.of("Cluster")}
    return Holdings(maps, {**render.secrets, **operators, **_rendered_secrets(render)})


def _rendered_secrets(render: Render) -> dict[str, dict[str, str]]:
    return {
        name_of(one): {
            **{key: decoded(value) for key, value in (one.get("data") or {}).items()},
            **(one.get("stringData") or {}),
        }
        for one in render.of("Secret")
    }


def decoded(value: str) -> str:
    """Read a value of a Secret's `data`."""
    return base64.b64decode(value).decode()


def encoded(value: str) -> str:
    """Write a value as a Secret's `data` has it."""
    return base64.b64encode(value.encode()).decode()


def environment(container: Object, held: Holdings, pod: str = "") -> dict[str, str]:
    """Return a container's environment; `pod` is the name of its pod.

    Source: Kubernetes API reference, Container and EnvVar: `env` counts before `envFrom`, and its
    values may refer to variables that come before them.
    """
    told: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if ref := source.get(field):
                prefix = source.get("prefix", "")
                values = held.of(kind, ref["name"])
                told |= {prefix + key: value for key, value in values.items()}
    for variable in container.get("env", ()):
        value = _value(variable, held, pod)
        if value is not None:
            told[variable["name"]] = expanded(value, told) if "value" in variable else value
    return told


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Put variables in the place of `$(NAME)`; `$$` is a dollar, an unknown name stays."""
    return _REFERENCE.sub(
        lambda found: (
            variables.get(found[1], found[0]) if found[1] else "$" if found[0] == "$$" else found[0]
        ),
        text,
    )


def _value(variable: Object, held: Holdings, pod: str) -> str | None:
    source = variable.get("valueFrom")
    if source is None:
        return str(variable.get("value", ""))
    for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
        if ref := source.get(field):
            return held.of(kind, ref["name"]).get(ref["key"])
    assert source["fieldRef"]["fieldPath"] == "metadata.name", source
    return pod


def files(workload: Workload, container: Object, held: Holdings) -> Iterator[tuple[str, str]]:
    """Yield path and content of each file that Secrets and ConfigMaps give a container."""
    volumes = {one["name"]: one for one in workload.pod.get("volumes", ())}
    for mount in container.get("volumeMounts", ()):
        for name, content in _of_volume(volumes.get(mount["name"], {}), held):
            if mount.get("subPath") in (None, name):
                below = "" if mount.get("subPath") else name
                yield str(PurePosixPath(mount["mountPath"]) / below), content


def _of_volume(volume: Object, held: Holdings) -> Iterator[tuple[str, str]]:
    for source in (volume, *volume.get("projected", {}).get("sources", ())):
        for field, kind, name in (
            ("secret", "Secret", "secretName"),
            ("configMap", "ConfigMap", "name"),
        ):
            if ref := source.get(field):
                values = held.of(kind, ref.get(name) or ref["name"])
                items = ref.get("items") or [{"key": key, "path": key} for key in values]
                yield from ((i["path"], values[i["key"]]) for i in items if i["key"] in values)


def placed(folder: Path, told: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Write the files below a folder; return the environment with their paths there."""
    for path, content in given.items():
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return {
        name: str(folder / value.lstrip("/")) if value.startswith("/run/") else value
        for name, value in told.items()
    }
