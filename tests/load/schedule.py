"""When something is published, and to which group: the same for the publisher and the counters."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Schedule:
    """So many publications, at `rate` a second, to the groups numbered from 0 to `groups` - 1."""

    groups: int
    rate: float
    count: int
    together: int = 1
    """So many in a row go to one group at the same moment."""
    scattered: bool = False
    """Moments and groups are random, as those of people are; otherwise even and in turn."""


def group_name(number: int) -> str:
    """Name a group."""
    return f"bench_{number}"


def arrivals(schedule: Schedule) -> Iterator[tuple[float, int]]:
    """Yield the seconds since the start and the group's number of each publication, in order."""
    moments = _scattered(schedule) if schedule.scattered else _even(schedule)
    for moment, group in moments:
        for _ in range(schedule.together):
            yield moment, group


def deliveries(schedule: Schedule, sizes: Sequence[int]) -> int:
    """Count what reaches sockets, where group n has `sizes[n]` of them."""
    return sum(sizes[group] for _, group in arrivals(schedule))


def _even(schedule: Schedule) -> Iterator[tuple[float, int]]:
    for number in range(schedule.count // schedule.together):
        yield number * schedule.together / schedule.rate, number % schedule.groups


def _scattered(schedule: Schedule) -> Iterator[tuple[float, int]]:
    chance = random.Random(SEED)  # noqa: S311 - it decides nothing but when and where
    moment = 0.0
    for _ in range(schedule.count // schedule.together):
        yield moment, chance.randrange(schedule.groups)
        moment += chance.expovariate(schedule.rate / schedule.together)
