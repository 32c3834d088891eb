"""Checks that objects have only fields, types and values that Kubernetes knows."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Final

import kubernetes_validate

from tests.support.kubernetes.custom_resources import KINDS, faults_of
from tests.support.kubernetes.objects import Object, Render, called

OLDEST: Final = "1.34"
NEWEST: Final = "1.37"


def misspelt(render: Render) -> Iterator[str]:
    """Yield what Kubernetes refuses, of the oldest version that is promised to the newest."""
    for version in (OLDEST, NEWEST):
        yield from misspelt_for(render, version)


def misspelt_for(render: Render, version: str) -> Iterator[str]:
    """Yield what the schemas of a version of Kubernetes, or of its extensions, refuse."""
    for one in render.objects:
        kind = (one["apiVersion"], one["kind"])
        faults = faults_of(one) if kind in KINDS else _refused(one, version)
        yield from (f"{called(one)}: {fault}" for fault in faults)


def _refused(one: Object, version: str) -> Iterator[str]:
    yield from _refused_text(json.dumps(one), version)


@cache
def _refused_text(written: str, version: str) -> tuple[str, ...]:
    """Validate each object once, in however many overlays it stands."""
    try:
        kubernetes_validate.validate(json.loads(written), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        place = ".".join(str(step) for step in error.absolute_path)
        return (f"{place}: {error.message}",)
    except kubernetes_validate.SchemaNotFoundError as error:
        return (error.message,)
    return ()
