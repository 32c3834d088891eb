"""The rules by which Kubernetes chooses a number of replicas.

Kubernetes documentation, "Horizontal Pod Autoscaling": "Algorithm details" and "Configurable
scaling behavior"; where that leaves it open, `pkg/controller/podautoscaler/horizontal.go`.
KEDA makes such an autoscaler and only gives it the metric.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

SYNC_SECONDS: Final = 15.0
TOLERANCE: Final = 0.1
# A share such as 0.9 has no exact form: 64.0 must not become 63.
_ROUNDING: Final = 1e-9

type Choice = Callable[[list[int]], int]


@dataclass(frozen=True, slots=True)
class Policy:
    """So many replicas, or per cent of them, may come or go within so many seconds."""

    kind: Literal["Pods", "Percent"]
    value: int
    period_seconds: float

    def change(self, replicas: int) -> float:
        """Return the change that is allowed from so many at the period's beginning."""
        return self.value if self.kind == "Pods" else replicas * self.value / 100


@dataclass(frozen=True, slots=True)
class Rules:
    """How fast replicas may change in one direction."""

    stabilization_seconds: float
    policies: tuple[Policy, ...]
    select: Literal["Max", "Min", "Disabled"] = "Max"


DEFAULT_UP: Final = Rules(0, (Policy("Percent", 100, 15), Policy("Pods", 4, 15)))
DEFAULT_DOWN: Final = Rules(300, (Policy("Percent", 100, 15),))


@dataclass(frozen=True, slots=True)
class Target:
    """An autoscaler's settings: each replica's share of the metric, and its bounds."""

    each: float
    least: int
    most: int
    up: Rules = DEFAULT_UP
    down: Rules = DEFAULT_DOWN


def desired_replicas(current: int, total: float, each: float) -> int:
    """Return how many should share `total` at `each`; `current` where that is close enough."""
    if current and 1 - TOLERANCE <= total / (each * current) <= 1 + TOLERANCE:
        return current
    return math.ceil(total / each)


@dataclass(slots=True)
class Autoscaler:
    """Remembers what it recommended and did; asked every `SYNC_SECONDS`."""

    target: Target
    _recommended: list[tuple[float, int]] = field(default_factory=list)
    _added: list[tuple[float, int]] = field(default_factory=list)
    _removed: list[tuple[float, int]] = field(default_factory=list)

    def replicas(self, now: float, current: int, total: float) -> int:
        """Return the number of replicas from `now` (seconds) on; `total` is the metric's sum."""
        if not self.target.least <= current <= self.target.most:
            return min(max(current, self.target.least), self.target.most)
        wanted = desired_replicas(current, total, self.target.each)
        wanted = self._stabilized(now, current, wanted)
        if wanted > current:
            wanted = max(min(wanted, self._ceiling(now, current), self.target.most), current)
            self._added.append((now, wanted - current))
        elif wanted < current:
            wanted = min(max(wanted, self._floor(now, current), self.target.least), current)
            self._removed.append((now, current - wanted))
        return wanted

    def _stabilized(self, now: float, current: int, wanted: int) -> int:
        """Take the most careful of the recommendations in the direction's window."""
        up, down = self.target.up, self.target.down
        rules, careful = (up, min) if wanted >= current else (down, max)
        recent = within(rules.stabilization_seconds, now, self._recommended)
        longest = max(up.stabilization_seconds, down.stabilization_seconds)
        self._recommended = [(at, number) for at, number in self._recommended if at > now - longest]
        self._recommended.append((now, wanted))
        return careful([wanted, *recent])

    def _ceiling(self, now: float, current: int) -> int:
        limits = []
        for policy in self.target.up.policies:
            start = current - sum(within(policy.period_seconds, now, self._added))
            limits.append(math.ceil(start + policy.change(start) - _ROUNDING))
        return _choose(self.target.up, limits, current, widest=max)

    def _floor(self, now: float, current: int) -> int:
        limits = []
        for policy in self.target.down.policies:
            start = current + sum(within(policy.period_seconds, now, self._removed))
            limits.append(math.floor(start - policy.change(start) + _ROUNDING))
        return _choose(self.target.down, limits, current, widest=min)


def within(seconds: float, now: float, events: Iterable[tuple[float, int]]) -> list[int]:
    """Return the numbers of those events that are younger than this."""
    return [number for at, number in events if at > now - seconds]


def _choose(rules: Rules, limits: list[int], current: int, widest: Choice) -> int:
    """Take the limit that allows the widest change, or the narrowest where `Min` asks for that."""
    if rules.select == "Disabled":
        return current
    if rules.select == "Max":
        return widest(limits)
    return min(limits) if widest is max else max(limits)
