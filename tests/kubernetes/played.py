"""Pods that podman plays on a network of their own, where a Service is a name of its pods."""

import json
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tests.compose.engine import CommandError
from tests.kubernetes.kubelet import LOOPBACK, Pod
from tests.kubernetes.podman import ended_with, log_of, podman
from tests.support.kubernetes.objects import Render, Workload, selects
from tests.support.kubernetes.ports import ports_of, selector
from tests.support.ports import free_port

_LOG_LINES: Final = 30


def _own_name() -> str:
    return f"natter-test-{secrets.token_hex(4)}"


@dataclass(slots=True)
class Played:
    """The pods of a render that were started; whatever is made carries this run's name.

    `images` leads from an image of the manifests to that of this machine.
    """

    render: Render
    images: dict[str, str]
    folder: Path
    run: str = field(default_factory=_own_name)
    pods: dict[str, str] = field(default_factory=dict)
    """The ids of pods by their names in the cluster."""
    published: dict[str, dict[str, int]] = field(default_factory=dict)
    """The ports of loopback that lead to the named ports of each pod."""

    def open(self) -> None:
        """Make the network."""
        podman("network", "create", self.run)

    def play(self, workload: str, name: str | None = None) -> None:
        """Start a pod of a workload, found by the names of its Services."""
        published = {port: free_port() for port in ports_of(self.render.workload(workload))}
        pod = self._pod(workload, name or workload, published)
        self.published[pod.name] = published
        path = self.folder / f"{pod.name}.yaml"
        path.write_text(yaml.safe_dump(pod.manifest(self.run, self.images)))
        aliases = ",".join(f"alias={one}" for one in self._names(pod))
        network = f"{self.run}:{aliases}" if aliases else self.run
        # Noted first: what fails half-way is taken away as well.
        self.pods[pod.name] = f"{self.run}-{pod.name}"
        podman("kube", "play", "--network", network, str(path))
        self.pods[pod.name] = str(self._inspected(pod.name)["Id"])

    def _pod(self, workload: str, name: str, published: dict[str, int]) -> Pod:
        return Pod(self.render, self.render.workload(workload), name, self.folder, published)

    def take_away(self, name: str) -> None:
        """End a pod as a cluster does, by SIGTERM, and keep its volume."""
        known = self.workload_of(name).pod
        grace = known["terminationGracePeriodSeconds"]
        pod = self.pods.pop(name)
        podman("pod", "stop", "--time", str(grace), pod)
        podman("pod", "rm", pod)

    def workload_of(self, name: str) -> Workload:
        """Return the workload of a pod: one of several is called by a number as well."""
        known = name if self.render.has(name) else name.rpartition("-")[0]
        return self.render.workload(known)

    def delete_volumes(self, prefix: str) -> None:
        """Delete the volumes of pods that are gone, by the beginning of their names."""
        for path in self.folder.glob(f"{prefix}*/data"):
            shutil.rmtree(path)

    def renew(self) -> None:
        """Do what the kubelet does within two minutes: write new values into files."""
        for name, published in self.published.items():
            if name in self.pods:
                self._pod(self.workload_of(name).name, name, published).renew()

    def _names(self, pod: Pod) -> list[str]:
        services = [
            one["metadata"]["name"]
            for one in self.render.of("Service")
            if selects(selector(one), pod.workload.labels)
        ]
        governing = pod.workload.spec.get("serviceName")
        return [*services, *([f"{pod.name}.{governing}"] if governing else [])]

    def container(self, name: str) -> str:
        """Return the id of a pod's only container."""
        infra = self._inspected(name)["InfraContainerID"]
        (own,) = (one["Id"] for one in self._inspected(name)["Containers"] if one["Id"] != infra)
        return str(own)

    def address(self, name: str, port: str) -> tuple[str, int]:
        """Return where a named port of a pod is reached from this machine."""
        return LOOPBACK, self.published[name][port]

    def inspected(self, name: str) -> dict[str, Any]:
        """Return all that podman knows of a pod's container."""
        (found,) = json.loads(podman("inspect", self.container(name)))
        assert isinstance(found, dict)
        return found

    def inside(self, name: str, *command: str, given: bytes | None = None) -> str:
        """Run a command in a pod's container and return what it wrote."""
        return podman("exec", "--interactive", self.container(name), *command, given=given)

    def logs(self) -> str:
        """Return the last lines of every pod, without any secret."""
        return "\n".join(f"{name}\n{self._without_secrets(self._log(name))}" for name in self.pods)

    def _log(self, name: str) -> str:
        try:
            return "\n".join(log_of(self.container(name)).splitlines()[-_LOG_LINES:])
        except (CommandError, ValueError) as error:
            return str(error)

    def _without_secrets(self, text: str) -> str:
        for values in self.render.secrets.values():
            for value in values.values():
                text = text.replace(value, "…")
        return text

    def close(self) -> Sequence[str]:
        """Take the pods and the network away, by their ids; return what could not be."""
        left = [ended_with("pod", "rm", "--force", one) for one in self.pods.values()]
        self.pods.clear()
        return [one for one in (*left, ended_with("network", "rm", self.run)) if one]

    def _inspected(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(podman("pod", "inspect", self.pods[name]))
        return found
