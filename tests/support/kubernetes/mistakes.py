"""Mistakes as people make them in manifests, made in the objects of a render."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.kubernetes.objects import Object, Render, name_of
from tests.support.yaml_files import read_yaml

type Step = str | int

_FILE: Final = Path(__file__).with_name("mistakes.yaml")
_POD: Final = ("spec", "template", "spec")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A change of one object, the check that must report it, and the words of that report."""

    mistake: str
    check: str
    says: str
    of: str = ""
    at: tuple[Step, ...] = ()
    put: Any = None
    takes_away: bool = True
    beside: Object | None = None

    def make(self, render: Render) -> None:
        """Change the objects of a render."""
        if self.beside is not None:
            render.objects.append(self.beside)
            return
        one = _found(render, *self.of.split())
        if not self.at:
            render.objects.remove(one)
            return
        inside, last = _inside(one, *self.at)
        if self.takes_away:
            del inside[last]
        elif isinstance(inside, list) and last == len(inside):
            inside.append(self.put)
        else:
            inside[last] = self.put


def mistakes(kind: str) -> list[Mistake]:
    """Return the mistakes of `mistakes.yaml` below one heading."""
    return [_read(one) for one in deepcopy(read_yaml(_FILE))[kind]]


def _read(one: dict[str, Any]) -> Mistake:
    steps = tuple(one.pop("at", ()))
    at = (*_POD, *steps[1:]) if steps[:1] == ("pod",) else steps
    return Mistake(**one, at=at, takes_away="put" not in one)


def _found(render: Render, kind: str, name: str) -> Object:
    """Find an object; the name of a ConfigMap goes on with a hash of its content."""
    names = {name_of(one): one for one in render.of(kind)}
    hashed = [one for found, one in names.items() if found.rpartition("-")[0] == name]
    return names[name] if name in names else hashed[0]


def _inside(one: Object, *path: Step) -> tuple[Any, Step]:
    """Return what holds the last step of a path, and that."""
    inside: Any = one
    for step in path[:-1]:
        if isinstance(inside, list) and isinstance(step, str):
            inside = next(each for each in inside if each["name"] == step)
        else:
            inside = inside.setdefault(step, {}) if isinstance(inside, dict) else inside[step]
    return inside, path[-1]
