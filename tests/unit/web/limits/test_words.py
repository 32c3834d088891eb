"""How a person is told when something is possible again."""

import pytest

from services.web.limits.model import Rate
from services.web.limits.words import wait_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (0.2, "1 second"),
        (1.2, "2 seconds"),
        (120, "120 seconds"),
        (120.5, "3 minutes"),
        (7200, "120 minutes"),
        (7201, "3 hours"),
        (86_400, "24 hours"),
    ],
)
def test_a_wait_is_told_in_whole_units_and_never_too_short(seconds: float, words: str) -> None:
    assert wait_in_words(seconds) == words


@pytest.mark.parametrize(("count", "seconds", "burst"), [(0, 60, None), (1, 0, None), (1, 1, 0)])
def test_what_would_never_or_always_allow_is_no_rate(
    count: int, seconds: float, burst: int | None
) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate(count, seconds, burst)
