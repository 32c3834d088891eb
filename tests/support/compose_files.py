"""The files of deploy/compose as a test reads them, without an engine."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.printed import ROOT

COMPOSE: Final = ROOT / "deploy" / "compose"
BASE: Final = COMPOSE / "compose.yaml"
FILES: Final = sorted(COMPOSE.glob("*.yaml"))
VARIABLE: Final = re.compile(r"(?<!\$)\$\{?([A-Z][A-Z0-9_]*)")

type Service = Mapping[str, Any]  # YAML: each key is looked at by a test of its own


class _Loader(yaml.CSafeLoader):
    """Knows Compose's tags for merging; their values are plain YAML."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> object:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case _:
            return None


_Loader.add_multi_constructor("!", _plain)


@cache
def load(path: Path = BASE) -> Mapping[str, Any]:
    """Return what a file says, its anchors resolved and its variables as they are written.

    It is read once: copy it before you change it.
    """
    content: Mapping[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506 - a safe loader
    return content


def services(path: Path = BASE) -> Mapping[str, Service]:
    """Return the services of a file; one that it resets is left out."""
    return {name: one for name, one in load(path)["services"].items() if one is not None}


def environment(service: Service) -> Mapping[str, str | None]:
    """Return the environment of a service; None is a variable that the operator sets."""
    told: Mapping[str, str | None] = service.get("environment", {})
    return told


def variables(path: Path) -> Iterator[str]:
    """Yield each variable of the operator's that a file reads."""
    text = "\n".join(line.partition("# ")[0] for line in path.read_text().splitlines())
    yield from VARIABLE.findall(text)
    for service in services(path).values():
        yield from (name for name, value in environment(service).items() if value is None)


def seconds(duration: str) -> int:
    """Return a duration that is written as `20s`."""
    number, unit = duration[:-1], duration[-1]
    return int(number) * {"s": 1, "m": 60}[unit]


def megabytes(size: str) -> int:
    """Return a size that is written as `512M`, `1G` or `460MiB`."""
    found = re.fullmatch(r"(\d+)([MG])(?:iB)?", size)
    assert found, size
    return int(found[1]) * {"M": 1, "G": 1024}[found[2]]
