"""Commands of kubectl, held to the pinned one and to the renders."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from tests.support.kubernetes.objects import Render, called, name_of
from tests.support.kubernetes.rendering import kubectl

_TYPES: Final = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "service": "Service",
    "job": "Job",
    "hpa": "HorizontalPodAutoscaler",
    "namespace": "Namespace",
    "scaledobject": "ScaledObject",
    "cluster": "Cluster",
    "pod": "Pod",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "serviceaccount": "ServiceAccount",
}
_MADE_BY_KUBERNETES: Final = {"ServiceAccount default"}
_FLAG: Final = re.compile(r"^\s+(?:(-\w), )?(--[\w-]+)=", re.MULTILINE)


@cache
def _help(*verb: str) -> str | None:
    """Return what kubectl says of a command; None where it has none of that name."""
    done = kubectl(*verb, "--help")
    return (
        done.stdout if done.returncode == 0 and f"kubectl {' '.join(verb)}" in done.stdout else None
    )


@cache
def _flags(*verb: str) -> frozenset[str]:
    text = (_help(*verb) or "") + _options()
    return frozenset(flag for pair in _FLAG.findall(text) for flag in pair if flag)


@cache
def _options() -> str:
    """Return what kubectl says of the flags that every command has."""
    return kubectl("options").stdout


def faults_of_kubectl(words: Sequence[str], known: set[str]) -> Iterator[str]:
    """Yield what is wrong with `kubectl …`: its verb, its flags, the objects that it names.

    `known` has kind and name of all that there can be.
    """
    own, _, _ = _split(words[1:])
    verb = _verb(own)
    if _help(*verb) is None:
        yield f"kubectl has no {' '.join(verb)}"
        return
    for word in own:
        if not set(_flags_in(word)) <= _flags(*verb):
            yield f"kubectl {' '.join(verb)} has no {word}"
    for named in _objects(own[len(verb) :]):
        if named not in known | _MADE_BY_KUBERNETES:
            yield f"there is no {named}"


def _flags_in(word: str) -> list[str]:
    """Return the flags of a word: `-it` has two, `-` alone is none."""
    if word.startswith("--"):
        return [word.partition("=")[0]]
    return [f"-{letter}" for letter in word[1:]] if word.startswith("-") else []


def _split(words: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """Part a command from what is run in a container."""
    if "--" not in words:
        return list(words), "", []
    place = list(words).index("--")
    return list(words[:place]), "--", list(words[place + 1 :])


def inner(words: Sequence[str]) -> list[str]:
    """Return what `kubectl exec` runs in a container."""
    return _split(words)[2]


def _verb(words: Sequence[str]) -> tuple[str, ...]:
    plain = [word for word in words if not word.startswith("-")]
    two = tuple(plain[:2])
    return (
        two if _help(*two) and "Available Commands" in (_help(two[0]) or "") else tuple(plain[:1])
    )


def _objects(words: Sequence[str]) -> Iterator[str]:
    """Yield each object that a command names, as `TYPE NAME …` or `TYPE/NAME`."""
    kind = ""
    for word in _positional(words):
        type_, slash, name = word.partition("/")
        if slash and type_ in _TYPES:
            yield f"{_TYPES[type_]} {name}"
        elif word in _TYPES:
            kind = _TYPES[word]
        elif kind and re.fullmatch(r"[a-z][a-z0-9-]*", word):
            yield f"{kind} {word}"


def _positional(words: Sequence[str]) -> Iterator[str]:
    """Yield words that are no flags, nor the value of a short one."""
    skipped = False
    for word in words:
        if skipped:
            skipped = False
        elif re.fullmatch(r"-[a-hj-z]", word):
            skipped = True
        elif not word.startswith("-"):
            yield word


def known_objects(renders: Sequence[Render]) -> set[str]:
    """Return kind and name of whatever is rendered, and of what controllers make of that."""
    return {called(one) for render in renders for one in render.objects} | {
        made for render in renders for made in _made_of(render)
    }


def _made_of(render: Render) -> Iterator[str]:
    for one in render.of("StatefulSet"):
        for number in range(one["spec"]["replicas"]):
            yield f"Pod {name_of(one)}-{number}"
            for claim in one["spec"].get("volumeClaimTemplates", ()):
                yield f"PersistentVolumeClaim {name_of(claim)}-{name_of(one)}-{number}"
    for one in render.of("Cluster"):
        yield from (
            f"Pod {name_of(one)}-{number + 1}" for number in range(one["spec"]["instances"])
        )
