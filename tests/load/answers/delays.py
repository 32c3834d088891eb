"""The delays of words: from the endpoint's moments to the pages' moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.load.percentiles import percentile

_NANO: Final = 1e6
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays in milliseconds, sorted upwards, and how many words never came."""

    ordered: tuple[float, ...]
    lost: int = 0

    def at(self, share: float) -> float:
        """Return the delay that `share` of them (0 to 1) do not exceed; raises ValueError."""
        return percentile(self.ordered, share)


def between(before: Sequence[int], after: Sequence[int]) -> Delays:
    """Pair two sequences of moments in nanoseconds; 0 in the second one is a moment that was not.

    Raises ValueError where they are not of one length.
    """
    pairs = list(zip(before, after, strict=True))
    ordered = sorted((end - start) / _NANO for start, end in pairs if end)
    return Delays(tuple(ordered), len(pairs) - len(ordered))
