"""Percentiles by nearest rank."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.percentiles import percentile


def test_the_median_and_the_extremes_are_values_that_were_measured() -> None:
    measured = [1.0, 2.0, 3.0, 4.0]
    assert [percentile(measured, share) for share in (0, 0.5, 0.75, 0.99, 1)] == [1, 2, 3, 4, 4]


def test_the_99th_of_a_hundred_leaves_one_above_it() -> None:
    assert percentile(range(1, 101), 0.99) == 99


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
    st.floats(min_value=0, max_value=1),
)
def test_at_least_the_share_lies_at_or_below_it(measured: list[float], share: float) -> None:
    measured.sort()
    found = percentile(measured, share)
    assert sum(each <= found for each in measured) >= share * len(measured)
