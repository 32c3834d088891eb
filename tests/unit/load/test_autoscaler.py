"""The autoscaler by the examples of Kubernetes' documentation, "Horizontal Pod Autoscaling"."""

from dataclasses import replace
from itertools import count

import pytest

from tests.load.scaling.autoscaler import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    SYNC_SECONDS,
    Autoscaler,
    Policy,
    Rules,
    Target,
    desired_replicas,
)

AT_ONCE = Rules(0, (Policy("Percent", 100, 15),))
FOUR_OR_TENTH = Rules(0, (Policy("Pods", 4, 60), Policy("Percent", 10, 60)))


def target(up: Rules = DEFAULT_UP, down: Rules = AT_ONCE) -> Target:
    return Target(each=1, least=1, most=200, up=up, down=down)


def course(scaler: Autoscaler, replicas: int, total: float, looks: int, every: float) -> list[int]:
    """Look so often; return the numbers of replicas, that at the beginning included."""
    numbers = [replicas]
    for look in range(looks):
        numbers.append(scaler.replicas(look * every, numbers[-1], total))
    return numbers


@pytest.mark.parametrize(
    ("current", "total", "each", "wanted"),
    [
        # "If the current metric value is 200m, and the desired value is 100m": doubled, and halved.
        (3, 3 * 200, 100, 6),
        (4, 4 * 50, 100, 2),
        (4, 4 * 51, 100, 3),
        # "sufficiently close to 1.0": within 0.1.
        (10, 10 * 110, 100, 10),
        (10, 10 * 90, 100, 10),
        (10, 10 * 111, 100, 12),
        (10, 10 * 89, 100, 9),
    ],
)
def test_replicas_follow_the_ratio_of_the_metric(
    current: int, total: float, each: float, wanted: int
) -> None:
    assert desired_replicas(current, total, each) == wanted


def test_of_two_policies_the_one_that_allows_more_is_taken() -> None:
    # "if there are 80 replicas and the target has to be scaled down to 10 replicas": 8 go, then 8
    # of 72, until below 40 the four of the other policy are more.
    scaler = Autoscaler(target(down=FOUR_OR_TENTH))
    numbers = course(scaler, 80, 10, looks=15, every=60)
    assert numbers[:4] == [80, 72, 64, 57]
    below = [number for number in numbers if 10 < number <= 40]
    assert below == list(range(40, 10, -4))
    assert numbers[-1] == 10


def test_min_takes_the_policy_that_allows_less() -> None:
    scaler = Autoscaler(target(down=replace(FOUR_OR_TENTH, select="Min")))
    assert course(scaler, 80, 10, looks=2, every=60) == [80, 76, 72]


def test_a_policy_holds_over_its_whole_period() -> None:
    scaler = Autoscaler(target(down=Rules(0, (Policy("Pods", 1, 120),))))
    numbers = course(scaler, 10, 5, looks=17, every=SYNC_SECONDS)
    assert numbers[:10] == [10, *[9] * 8, 8]
    assert numbers[17] == 7


def test_disabled_changes_nothing_in_its_direction() -> None:
    scaler = Autoscaler(target(down=replace(AT_ONCE, select="Disabled")))
    assert course(scaler, 10, 1, looks=3, every=60)[-1] == 10
    assert scaler.replicas(600, 10, 20) == 20


def test_by_default_four_or_as_many_again_are_added_in_15_seconds() -> None:
    scaler = Autoscaler(target())
    assert course(scaler, 1, 100, looks=6, every=SYNC_SECONDS) == [1, 5, 10, 20, 40, 80, 100]


def test_a_fall_waits_until_its_window_holds_no_higher_recommendation() -> None:
    scaler = Autoscaler(target(down=replace(DEFAULT_DOWN, stabilization_seconds=300)))
    assert scaler.replicas(0, 10, 10) == 10
    looks = count(1)
    while scaler.replicas((last := next(looks)) * SYNC_SECONDS, 10, 4) == 10:
        pass
    assert last * SYNC_SECONDS == 300


def test_a_fall_goes_to_the_highest_recommendation_of_its_window() -> None:
    scaler = Autoscaler(target(down=replace(DEFAULT_DOWN, stabilization_seconds=300)))
    for look, total in enumerate([8, 3, 6, 3]):
        scaler.replicas(look * SYNC_SECONDS, 10, total)
    assert scaler.replicas(310, 10, 3) == 6


def test_a_rise_with_a_window_waits_as_well() -> None:
    scaler = Autoscaler(target(up=replace(DEFAULT_UP, stabilization_seconds=60)))
    assert scaler.replicas(0, 4, 4) == 4
    assert scaler.replicas(15, 4, 8) == 4
    assert scaler.replicas(61, 4, 8) == 8


@pytest.mark.parametrize(("current", "wanted"), [(1, 2), (11, 10)])
def test_who_is_out_of_bounds_is_brought_back_whatever_the_metric_says(
    current: int, wanted: int
) -> None:
    scaler = Autoscaler(replace(target(), least=2, most=10))
    assert scaler.replicas(0, current, 5) == wanted


def test_no_more_than_the_most_and_no_less_than_the_least() -> None:
    scaler = Autoscaler(replace(target(), least=2, most=10))
    assert scaler.replicas(0, 9, 100) == 10
    assert scaler.replicas(60, 9, 0.1) == 2
