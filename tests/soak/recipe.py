"""Hostile inputs of any size: a beginning, something that comes again and again, an end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

NUMBER: Final = "№"
"""Stands for a number that is another one in each repetition."""
MOST_FRAGMENTS: Final = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make a text: `prefix + unit * n + middle + closing * n + suffix`, of fragments.

    That is the form in which tools look for catastrophic backtracking; `closing` makes it nest.
    """

    prefix: tuple[str, ...]
    unit: tuple[str, ...]
    middle: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()

    def text(self, count: int) -> str:
        """Make the text with so many repetitions."""
        parts = (
            *self.prefix,
            _repeated("".join(self.unit), count),
            *self.middle,
            _repeated("".join(self.closing), count),
            *self.suffix,
        )
        return "".join(parts)

    def count_for(self, length: int) -> int:
        """Return how many repetitions make so many characters or some fewer, at least one."""
        edges = len("".join((*self.prefix, *self.middle, *self.suffix)))
        count = max(1, (length - edges) // len("".join((*self.unit, *self.closing))))
        # Numbers are wider than what stands for them.
        return max(1, count * length // max(length, len(self.text(count))))

    def smaller(self) -> Iterator["Recipe"]:
        """Give the recipes that have one fragment less."""
        for name in ("closing", "middle", "prefix", "suffix", "unit"):
            fragments: tuple[str, ...] = getattr(self, name)
            for place in range(len(fragments)):
                fewer = fragments[:place] + fragments[place + 1 :]
                if fewer or name != "unit":
                    yield replace(self, **{name: fewer})


def random_recipe(random: Random, fragments: tuple[str, ...]) -> Recipe:
    """Make a recipe of these fragments; every third one nests."""
    nests = random.random() < 1 / 3

    def some(least: int, most: int) -> tuple[str, ...]:
        return tuple(random.choices(fragments, k=random.randint(least, most)))

    return Recipe(
        prefix=some(0, 2),
        unit=some(1, MOST_FRAGMENTS),
        middle=some(0, 1) if nests else (),
        closing=some(1, MOST_FRAGMENTS) if nests else (),
        suffix=some(0, 2),
    )


def _repeated(unit: str, count: int) -> str:
    if NUMBER not in unit:
        return unit * count
    return "".join(unit.replace(NUMBER, str(number)) for number in range(count))
