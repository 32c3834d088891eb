"""When something is published, and how much of it reaches sockets."""

from collections import Counter

from services.shared.bus.subjects import check_group
from tests.load.schedule import Schedule, arrivals, deliveries, group_name


def test_groups_take_turns_at_even_moments() -> None:
    schedule = Schedule(groups=2, rate=10, count=4)
    assert list(arrivals(schedule)) == [(0, 0), (0.1, 1), (0.2, 0), (0.3, 1)]


def test_those_that_go_together_share_the_moment_and_the_group_at_the_same_rate() -> None:
    schedule = Schedule(groups=3, rate=10, count=4, together=2)
    assert list(arrivals(schedule)) == [(0, 0), (0, 0), (0.2, 1), (0.2, 1)]


def test_scattered_arrivals_are_the_same_for_everybody_and_keep_the_rate() -> None:
    schedule = Schedule(groups=50, rate=100, count=10_000, scattered=True)
    first, second = list(arrivals(schedule)), list(arrivals(schedule))
    assert first == second
    assert 90 < first[-1][0] < 110
    assert len(Counter(group for _, group in first)) == 50


def test_deliveries_are_the_sockets_of_each_group_that_was_published_to() -> None:
    assert deliveries(Schedule(groups=3, rate=1, count=4), sizes=[10, 20, 30]) == 70


def test_a_groups_name_is_one_that_the_gateway_takes() -> None:
    assert check_group(group_name(9_999)) == "bench_9999"
