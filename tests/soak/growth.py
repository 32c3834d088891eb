"""Judges how the time that something takes grows with the size of its input."""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tests.soak.child import Child, OutOfTimeError
from tests.soak.recipe import Recipe

# What takes less than this, at the largest size, does no harm however it grows.
NOTICED_SECONDS: Final = 0.02
# Below, a measurement tells more of the machine than of the code.
MEASURED_SECONDS: Final = 0.0005
SUPER_LINEAR: Final = 1.4
"""The least exponent of a power law that counts: n log n has about 1.1."""
LONG_SECONDS: Final = 0.25
FIRST_LENGTH: Final = 16
LONGEST: Final = 131_072
SCREENED: Final = 16_384
SCREENED_SHARE: Final = 8
TRIES: Final = 3


class Point(NamedTuple):
    """A size in characters, and the CPU time in seconds; infinite where it did not end."""

    length: int
    seconds: float


def is_suspicious(child: Child, recipe: Recipe, longest: int) -> tuple[bool, Point]:
    """Look at two sizes only; give the point of the larger one as well."""
    largest = min(longest, SCREENED)
    large = measure(child, recipe, recipe.count_for(largest))
    if large.seconds < NOTICED_SECONDS / SCREENED_SHARE:
        return False, large
    small = measure(child, recipe, recipe.count_for(largest // SCREENED_SHARE))
    points = (small, large)
    return math.isinf(large.seconds) or exponent(points) >= SUPER_LINEAR, large


def curve(child: Child, recipe: Recipe, longest: int) -> list[Point]:
    """Measure from a small size on, each twice the last, until it takes long or is the longest."""
    points: list[Point] = []
    for length in _doubled(min(longest, LONGEST)):
        points.append(_fastest(child, recipe, recipe.count_for(length)))
        if points[-1].seconds > LONG_SECONDS:
            break
    return points


def _fastest(child: Child, recipe: Recipe, count: int) -> Point:
    """Measure a few times, unless that takes long; a text is never the same as the last.

    Something might be remembered of it. By twos: what every second one closes stays as it is.
    """
    tried: list[Point] = []
    for more in range(TRIES):
        tried.append(measure(child, recipe, max(1, count - 2 * more)))
        if tried[-1].seconds > LONG_SECONDS:
            break
    return min(tried, key=lambda point: point.seconds)


def measure(child: Child, recipe: Recipe, count: int) -> Point:
    """Measure one text."""
    text = recipe.text(count)
    try:
        return Point(len(text), child.seconds(text))
    except OutOfTimeError:
        return Point(len(text), math.inf)


def grows_too_fast(points: Sequence[Point]) -> bool:
    """Return whether a curve is steeper than a straight line where times are noticeable."""
    last = points[-1]
    if math.isinf(last.seconds):
        return True
    measured = [point for point in points if point.seconds >= MEASURED_SECONDS][-4:]
    if last.seconds < NOTICED_SECONDS or len(measured) < TRIES:
        return False
    return exponent(measured) >= SUPER_LINEAR and exponent(measured[-2:]) >= SUPER_LINEAR


def exponent(points: Sequence[Point]) -> float:
    """Fit a power law, by least squares of the logarithms, and return its exponent."""
    xs = [math.log(point.length) for point in points]
    ys = [math.log(max(point.seconds, 1e-9)) for point in points]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle_x) ** 2 for x in xs)
    if not spread:
        return 0.0
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / spread


def _doubled(longest: int) -> Iterator[int]:
    length = FIRST_LENGTH
    while length < longest:
        yield length
        length *= 2
    yield longest
