"""Percentiles of what was measured."""

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the least of `ordered`, sorted upwards, that `share` of them (0 to 1) do not exceed.

    The nearest-rank method: the answer is always a value that was measured. Raises ValueError where
    there is none.
    """
    if not ordered:
        raise ValueError("nothing was measured")
    rank = math.ceil(share * len(ordered))
    return ordered[max(rank, 1) - 1]
