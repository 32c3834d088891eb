"""A small strict language for what an object may hold: fields, their types, which are required."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

type Shape = type | OneOf | MapOf | Sequence[Shape] | Mapping[str, Shape]
"""A type; one of some values; a map; a list (of one shape); or fields, with `!` where required."""

REQUIRED: Final = "!"


@dataclass(frozen=True)
class OneOf:
    """One of these values."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class MapOf:
    """Any names, each with a value of this shape."""

    value: Any  # a Shape, which mypy cannot see within itself here


def one_of(*values: str) -> OneOf:
    """Return the shape of one of these words."""
    return OneOf(values)


def faults(value: Any, shape: Shape, place: str) -> Iterator[str]:
    """Yield each way in which a value of YAML is not of a shape."""
    match shape:
        case OneOf(values):
            if value not in values:
                yield f"{place} is {value!r}, not one of {', '.join(values)}"
        case type():
            if type(value) is not shape:
                yield f"{place} is {value!r}, not {shape.__name__}"
        case MapOf(each):
            yield from _faults_of_map(value, each, place)
        case Mapping():
            yield from _faults_of_fields(value, shape, place)
        case Sequence():
            yield from _faults_of_list(value, shape[0], place)


def _faults_of_list(value: Any, each: Shape, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place} is no list"
        return
    for number, one in enumerate(value):
        yield from faults(one, each, f"{place}[{number}]")


def _faults_of_map(value: Any, each: Shape, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is no map"
        return
    for name, one in value.items():
        yield from faults(one, each, f"{place}.{name}")


def _faults_of_fields(value: Any, shape: Mapping[str, Shape], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} has no fields"
        return
    fields = {name.removesuffix(REQUIRED): each for name, each in shape.items()}
    required = {name.removesuffix(REQUIRED) for name in shape if name.endswith(REQUIRED)}
    yield from (f"{place} lacks {name}" for name in sorted(required - value.keys()))
    for name, one in value.items():
        if name in fields:
            yield from faults(one, fields[name], f"{place}.{name}")
        else:
            yield f"{place} has no field {name}"
