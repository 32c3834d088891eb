"""Rendered objects of Kubernetes: how they are looked up, and what runs of them."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, Self

type Object = dict[str, Any]  # YAML: what stands where is what the tests check
type Labels = Mapping[str, str]
type Secrets = Mapping[str, Mapping[str, str]]
"""Of each Secret, the value of each key."""

NAMESPACE: Final = "natter"
NAME_LABEL: Final = "app.kubernetes.io/name"
PART_LABEL: Final = "app.kubernetes.io/part-of"
RUNNING: Final = ("Deployment", "StatefulSet", "DaemonSet", "Job")
OURS: Final = ("web", "realtime", "ai", "demo")
PROXY: Final = ("proxy",)
TOOLS: Final = ("natter", "natter-jobs", "backup")
"""Workloads that run only while an operator works."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Whatever makes pods."""

    kind: str
    name: str
    object: Object

    @property
    def spec(self) -> Object:
        """The workload's own specification."""
        spec: Object = self.object["spec"]
        return spec

    @property
    def pod(self) -> Object:
        """The specification of its pods."""
        pod: Object = self.spec["template"]["spec"]
        return pod

    @property
    def labels(self) -> Labels:
        """The labels of its pods."""
        labels: Labels = self.spec["template"]["metadata"]["labels"]
        return labels

    @property
    def containers(self) -> list[Object]:
        """Every container of a pod, those that run before the others too."""
        kinds = ("initContainers", "containers", "ephemeralContainers")
        return [one for kind in kinds for one in self.pod.get(kind, ())]

    @property
    def main(self) -> Object:
        """The container that has the workload's name."""
        return next(one for one in self.pod["containers"] if one["name"] == self.name)

    @property
    def service(self) -> str:
        """Whose image its main container runs, as `natter-web` is web's."""
        image = str(self.main["image"]).partition(":")[0]
        return image.rpartition("/")[2].removeprefix("natter-")


@dataclass(frozen=True, slots=True)
class Render:
    """All objects of one overlay, and the Secrets that a person makes beside it."""

    objects: list[Object]
    secrets: Secrets = field(default_factory=dict)

    def of(self, kind: str) -> list[Object]:
        """Return the objects of a kind."""
        return [one for one in self.objects if one["kind"] == kind]

    def find(self, kind: str, name: str) -> Object | None:
        """Return an object, or None where there is none."""
        return next((one for one in self.of(kind) if name_of(one) == name), None)

    def get(self, kind: str, name: str) -> Object:
        """Return an object that there is."""
        found = self.find(kind, name)
        assert found is not None, f"there is no {kind} {name}"
        return found

    def workloads(self) -> Iterator[Workload]:
        """Yield whatever makes pods."""
        for one in self.objects:
            if one["kind"] in RUNNING:
                yield Workload(one["kind"], name_of(one), one)

    def workload(self, name: str) -> Workload:
        """Return the workload of a name."""
        return next(one for one in self.workloads() if one.name == name)

    def has(self, name: str) -> bool:
        """Return whether there is a workload of a name."""
        return any(one.name == name for one in self.workloads())

    def changed(self, change: Callable[[Self], object]) -> Self:
        """Return a copy to which `change` was done."""
        copy = type(self)(deepcopy(self.objects), self.secrets)
        change(copy)
        return copy


def name_of(one: Object) -> str:
    """Return an object's name."""
    name: str = one["metadata"]["name"]
    return name


def called(one: Object) -> str:
    """Write what an object is for a finding."""
    return f"{one['kind']} {name_of(one)}"


def selects(selector: Object | None, labels: Labels) -> bool:
    """Return whether a label selector matches; an empty one matches all, none (None) nothing.

    Source: Kubernetes API reference, LabelSelector.
    """
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or ()
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        _holds(one, labels) for one in expressions
    )


def _holds(expression: Object, labels: Labels) -> bool:
    name, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return labels.get(name) in values
        case "NotIn":
            return labels.get(name) not in values
        case "Exists":
            return name in labels
        case "DoesNotExist":
            return name not in labels
        case operator:
            raise ValueError(f"no operator of a label selector: {operator}")
