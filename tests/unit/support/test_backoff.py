"""How a page of the fault tests comes back: as the browser's element does."""

from random import Random
from typing import override

import pytest

from tests.support.chatting.backoff import LONGEST_SECONDS, Backoff, is_final


class _Most(Random):  # noqa: S311 - there is nothing to guess
    """Always the longest wait."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


def test_waits_double_up_to_a_limit_and_start_anew_after_a_stable_connection() -> None:
    backoff = Backoff(_Most())
    waits = [backoff.pause(1006, "", 0.1) for _ in range(7)]
    assert waits == [0.5, 1, 2, 4, 8, LONGEST_SECONDS, LONGEST_SECONDS]
    assert backoff.pause(1006, "", 5.0) == 0.5


def test_a_page_that_is_sent_away_comes_back_soon_after_the_hint() -> None:
    assert Backoff(_Most()).pause(4000, "retry=2500", 60) == 2.8


@pytest.mark.parametrize("code", [4005, 4011])
def test_a_page_whose_time_was_over_comes_back_soon_but_only_once(code: int) -> None:
    backoff = Backoff(_Most())
    assert [backoff.pause(code, "", lasted) for lasted in (60, 0, 0, 60)] == [0.3, 1, 2, 0.3]


@pytest.mark.parametrize(
    ("code", "final"), [(1006, False), (4000, False), (4499, False), (4500, True), (4503, True)]
)
def test_codes_from_4500_are_final(code: int, *, final: bool) -> None:
    assert is_final(code) is final
