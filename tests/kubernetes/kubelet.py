"""What the kubelet makes of a workload: one pod with its environment and its volumes on the disk.

Podman plays the rest: users, capabilities, the root file system, limits, commands. What it knows
nothing of, or in another way, is left out here and looked at by the tests themselves: probes,
hooks, the grace period and the spread over nodes.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from tests.support.kubernetes.containers import environment, expanded, files, holdings
from tests.support.kubernetes.objects import Object, Render, Workload

LOOPBACK: Final = "127.0.0.1"
_CLAIM: Final = "persistentVolumeClaim"
_LEFT_OUT: Final = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe", "envFrom")
_OF_SCHEDULING: Final = ("topologySpreadConstraints", "terminationGracePeriodSeconds")
# Podman's own DNS loses a query now and then, as it learns of a pod: it is asked again at once.
_PATIENT_DNS: Final = {
    "options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "5"}]
}
# What the kubelet gives to an emptyDir, to a volume with an fsGroup, and to a Secret's file.
_ANYBODYS: Final = 0o777
_GROUPS: Final = 0o2775
_SECRET: Final = 0o644
_READ_BY_ALL: Final = 0o755


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod to be: whose it is, its name in the cluster, and a folder for its volumes."""

    render: Render
    workload: Workload
    name: str
    folder: Path
    published: dict[str, int]
    """The port of this machine's loopback that leads to a port of the pod, by its name."""

    def manifest(self, prefix: str, images: dict[str, str]) -> Object:
        """Return what podman plays; `prefix` makes its name one of this machine's."""
        spec = {key: one for key, one in self.workload.pod.items() if key not in _OF_SCHEDULING}
        spec["containers"] = [self._container(one, images) for one in spec["containers"]]
        spec["volumes"] = [
            {"name": name, "hostPath": {"path": str(path), "type": "Directory"}}
            for name, path in self._volumes().items()
        ]
        spec["dnsConfig"] = _PATIENT_DNS
        metadata = {"name": f"{prefix}-{self.name}", "labels": dict(self.workload.labels)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def environment(self, container: Object) -> dict[str, str]:
        """Return what a container is told."""
        return environment(container, holdings(self.render), self.name)

    def _container(self, one: Object, images: dict[str, str]) -> Object:
        told = self.environment(one)
        kept = {key: value for key, value in one.items() if key not in _LEFT_OUT}
        words = {key: one[key] for key in ("command", "args") if key in one}
        return {
            **kept,
            "image": images[one["image"]],
            "ports": [self._published(port) for port in one.get("ports", ())],
            "imagePullPolicy": "Never",
            "env": [{"name": name, "value": value} for name, value in told.items()],
            **{key: [expanded(word, told) for word in line] for key, line in words.items()},
        }

    def _published(self, port: Object) -> Object:
        """Say where a port is reached: podman would publish it to everybody."""
        return {**port, "hostIP": LOOPBACK, "hostPort": self.published[port["name"]]}

    def _volumes(self) -> dict[str, Path]:
        """Make each volume as a folder; return them by their names."""
        claimed = self.workload.spec.get("volumeClaimTemplates", ())
        claims = [{"name": one["metadata"]["name"], _CLAIM: {}} for one in claimed]
        named = [*self.workload.pod.get("volumes", ()), *claims]
        made = {one["name"]: self.folder / self.name / one["name"] for one in named}
        for one in named:
            self._make(one, made[one["name"]])
        return made

    def _make(self, volume: dict[str, Any], path: Path) -> None:
        """Make a volume; a claimed one is kept when its pod goes."""
        if _CLAIM in volume and path.exists():
            return
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        self._fill(volume, path)

    def renew(self) -> None:
        """Give the pod's files the values that Secrets and ConfigMaps have now."""
        for one in self.workload.pod.get("volumes", ()):
            if "emptyDir" not in one:
                self._write(one, self.folder / self.name / one["name"])

    def _fill(self, volume: dict[str, Any], path: Path) -> None:
        if "emptyDir" in volume:
            path.chmod(_ANYBODYS)
        elif _CLAIM in volume:
            os.chown(path, 0, self.workload.pod["securityContext"]["fsGroup"])
            path.chmod(_GROUPS)
        else:
            self._write(volume, path)

    def _write(self, volume: dict[str, Any], path: Path) -> None:
        """Write as the kubelet does: all files change at once, by a link to another folder."""
        alone = {"name": volume["name"], "mountPath": "/"}
        given = {
            name.lstrip("/"): content
            for container in self.workload.containers
            for name, content in files(
                self.workload, {**container, "volumeMounts": [alone]}, holdings(self.render)
            )
        }
        version = Path(mkdtemp(prefix="..", dir=path))
        version.chmod(_READ_BY_ALL)
        for name, content in given.items():
            (version / name).write_text(content)
            (version / name).chmod(_SECRET)
        (path / "..new").symlink_to(version.name)
        (path / "..new").replace(path / "..data")
        for name in given:
            if not (path / name).is_symlink():
                (path / name).symlink_to(f"..data/{name}")
