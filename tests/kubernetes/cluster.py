"""What a cluster does when the guide's commands are typed: by podman, one pod after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from tests.kubernetes.played import Played
from tests.kubernetes.podman import command_of
from tests.kubernetes.probing import until_found, until_probed
from tests.support.kubernetes.containers import decoded, encoded
from tests.support.kubernetes.objects import NAME_LABEL, Object, Render, Workload

type Answer = tuple[list[str], str, int]
"""A command that is run in its place, or what it writes and its exit status."""

DONE: Final[Answer] = ([], "", 0)
# Each after those that it waits for.
ORDER: Final = ("postgres", "nats", "web", "demo", "realtime", "ai")
TOOLS: Final = ("backup", "natter", "natter-jobs")


@dataclass(slots=True)
class Cluster:
    """The pods of `played`, and the overlay that the next `kubectl apply` applies."""

    played: Played
    mine: Render

    def do(self, words: list[str], given: str) -> Answer:
        """Do what a command says, and wait until it is done."""
        flags = dict(one.removeprefix("--").partition("=")[::2] for one in words if _is_flag(one))
        match [one for one in words if not _is_flag(one)]:
            case ["kubectl", "exec", *_]:
                return self._inside(words), "", 0
            case ["kubectl", _, "get", "secrets", *_]:
                return [], "".join(self._secrets()), 0
            case ["kubectl", "apply", "-f", "-"]:
                self._take_secrets(yaml.safe_load(given)["items"])
            case ["kubectl", "apply", "-k", _]:
                self._apply([_selected(flags)] if "selector" in flags else [*ORDER, *TOOLS])
            case ["kubectl", "scale", _, *names]:
                self._scale(names, int(flags["replicas"]))
            case ["kubectl", verb, *rest]:
                self._go_on(verb, rest, flags)
            case ["sleep", _]:
                self.played.renew()
            case _:
                raise ValueError(words)
        return DONE

    def _go_on(self, verb: str, rest: list[str], flags: dict[str, str]) -> None:
        match verb, rest:
            case "wait", _:
                assert flags["for"] == "delete"
            case "rollout", ["status", _, name]:
                self._until_ready(name)
            case "rollout", ["restart", _, name]:
                for pod in self._running(name):
                    self.replace(pod)
            case "delete", ["pod"]:
                self.replace(*self._running(_selected(flags)))
            case "delete", ["persistentvolumeclaim", *names]:
                self._delete_volumes(names or [f"data-{_selected(flags)}-"])
            case _:
                raise ValueError(verb, rest)

    def start(self) -> None:
        """Apply the overlay to an empty cluster."""
        self._apply(["postgres", "nats"])
        self.played.play("migrate")
        self._apply([*ORDER])

    def _inside(self, words: list[str]) -> list[str]:
        """Return podman's command for `kubectl exec [-i] KIND/NAME -- COMMAND`."""
        place = words.index("--")
        where, inner = words[place - 1], words[place + 1 :]
        pod, *_ = self._running(where.rpartition("/")[2])
        asked = ["--interactive"] if {"-i", "-it"} & {*words[:place]} else []
        return command_of("exec", *asked, self.played.container(pod), *inner)

    def _apply(self, names: list[str]) -> None:
        self.played.render = self.mine
        for name in names:
            if self.mine.has(name):
                self._scale([name], self.mine.workload(name).spec.get("replicas", 1))
                self._until_ready(name)

    def _scale(self, names: list[str], count: int) -> None:
        for name in names:
            wanted = self._names(self.played.render.workload(name), count)
            for pod in self._running(name):
                if pod not in wanted:
                    self.played.take_away(pod)
            for pod in wanted:
                if pod not in self.played.pods:
                    self.played.play(name, pod)

    def _names(self, workload: Workload, count: int) -> list[str]:
        if workload.kind == "StatefulSet":
            return [f"{workload.name}-{number}" for number in range(count)]
        return [workload.name][:count]

    def _running(self, name: str) -> list[str]:
        return [pod for pod in self.played.pods if self.played.workload_of(pod).name == name]

    def replace(self, *pods: str) -> None:
        """Take pods away at once, and start the same again: of several, all before any."""
        for pod in pods:
            self.played.take_away(pod)
        for pod in pods:
            self.played.play(self.played.workload_of(pod).name, pod)
        if len(pods) == 1:
            until_probed(self.played, pods[0])

    def _until_ready(self, name: str) -> None:
        for pod in self._running(name):
            until_probed(self.played, pod)
        if name == "nats":
            for asking in self._running("backup"):
                until_found(self.played, asking)

    def _delete_volumes(self, names: list[str]) -> None:
        for name in names:
            workload, _, number = name.removeprefix("data-").partition("-")
            assert not self._running(workload), f"{name} is in use"
            self.played.delete_volumes(f"{workload}-{number}")

    def _take_secrets(self, items: list[Object]) -> None:
        held = dict(self.mine.secrets)
        for one in items:
            values = {key: decoded(value) for key, value in one["data"].items()}
            held[one["metadata"]["name"]] = values
        self.mine = Render(self.mine.objects, held)
        self.played.render = self.with_secrets(self.played.render)

    def with_secrets(self, render: Render) -> Render:
        """Return a render that has the Secrets of the cluster."""
        return Render(render.objects, self.mine.secrets)

    def _secrets(self) -> Iterator[str]:
        for name, values in self.mine.secrets.items():
            yield f"{name} - -\n"
            yield from (f"{name} {key} {encoded(value)}\n" for key, value in values.items())


def _is_flag(word: str) -> bool:
    return word.startswith("--")


def _selected(flags: dict[str, str]) -> str:
    label, _, name = flags["selector"].partition("=")
    assert label == NAME_LABEL, flags
    return name
