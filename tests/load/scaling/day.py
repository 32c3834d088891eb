"""A day of waves: how often an autoscaler changes the number of gateways."""

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.load.scaling.autoscaler import SYNC_SECONDS, Autoscaler, Target
from tests.load.schedule import SEED

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_RISE: Final = 50 * 60.0
_FALL: Final = 10 * 60.0
_LOWEST: Final = 10_000
_HIGHEST: Final = 100_000
# People come and go between two looks.
_NOISE: Final = 0.05


@dataclass(slots=True)
class Day:
    """The changes that an autoscaler made in it."""

    changes: int = 0
    replica_hours: float = 0.0
    fullest: float = 0.0
    """Most sockets that one gateway held, where all hold the same."""
    sent_back: float = 0.0
    """Sockets whose gateway went away."""


def day_of(target: Target) -> Day:
    """Play the day by these rules."""
    random = Random(SEED)  # noqa: S311 - nothing is to be guessed
    autoscaler, day, replicas = Autoscaler(target), Day(), target.least
    for step in range(int(_DAY / SYNC_SECONDS)):
        now = step * SYNC_SECONDS
        sockets = wave(now) * random.uniform(1 - _NOISE, 1 + _NOISE)
        wanted = autoscaler.replicas(now, replicas, sockets)
        day.changes += wanted != replicas
        day.sent_back += max(replicas - wanted, 0) * sockets / replicas
        day.fullest = max(day.fullest, sockets / replicas)
        day.replica_hours += wanted * SYNC_SECONDS / _HOUR
        replicas = wanted
    return day


def wave(now: float) -> float:
    """Return how many sockets there are: a rise of 50 minutes, a fall of ten, 24 times."""
    moment = now % (_RISE + _FALL)
    height = moment / _RISE if moment < _RISE else 1 - (moment - _RISE) / _FALL
    return _LOWEST + (_HIGHEST - _LOWEST) * height
