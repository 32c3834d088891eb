"""Looks for inputs over which a target takes more time than in proportion to their length."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.soak.child import CPU_SECONDS, Child, running
from tests.soak.growth import Point, curve, grows_too_fast, is_suspicious
from tests.soak.recipe import Recipe, random_recipe
from tests.soak.registry import Target

MOST_FINDINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A recipe whose curve is too steep, and the curve."""

    recipe: Recipe
    points: tuple[Point, ...]


@dataclass(slots=True)
class Search:
    """The result of searching one target: `worst` is the input that took longest."""

    tried: int = 0
    worst: tuple[Point, Recipe] | None = None
    findings: tuple[Finding, ...] = ()

    def add(self, finding: Finding) -> None:
        """Note a finding, unless its recipe has been found."""
        if finding.recipe not in [known.recipe for known in self.findings]:
            self.findings += (finding,)


def search(
    target: Target,
    seed: str,
    seconds: float,
    *,
    most_findings: int = MOST_FINDINGS,
    cpu_seconds: float = CPU_SECONDS,
) -> Search:
    """Try random recipes for so long; a few findings are enough, each as small as it gets.

    An input that takes `cpu_seconds` is taken for one that does not end.
    """
    found = Search()
    alphabet = target.alphabet()
    random = Random(seed)  # noqa: S311 - a seed makes the same search every time
    end = time.monotonic() + seconds
    with running(target, cpu_seconds) as child:
        while time.monotonic() < end and len(found.findings) < most_findings:
            finding = _try(child, random_recipe(random, alphabet), target.longest, found)
            if finding is not None:
                found.add(_smallest(child, finding, target.longest))
    return found


def _try(child: Child, recipe: Recipe, longest: int, found: Search) -> Finding | None:
    found.tried += 1
    is_suspect, largest = is_suspicious(child, recipe, longest)
    if found.worst is None or largest.seconds > found.worst[0].seconds:
        found.worst = (largest, recipe)
    return _finding(child, recipe, longest) if is_suspect else None


def _finding(child: Child, recipe: Recipe, longest: int) -> Finding | None:
    points = curve(child, recipe, longest)
    return Finding(recipe, tuple(points)) if grows_too_fast(points) else None


def _smallest(child: Child, finding: Finding, longest: int) -> Finding:
    """Leave out one fragment after the other, for as long as the curve stays as steep."""
    smaller = _smaller(child, finding, longest)
    while (found := next(smaller, None)) is not None:
        finding, smaller = found, _smaller(child, found, longest)
    return finding


def _smaller(child: Child, finding: Finding, longest: int) -> Iterator[Finding]:
    for recipe in finding.recipe.smaller():
        found = _finding(child, recipe, longest)
        if found is not None:
            yield found
