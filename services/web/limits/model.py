"""A rate: how often something may happen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` events in `seconds`, spread evenly; `burst` of them may come at once.

    Without a `burst` all `count` may come at once.
    """

    count: int
    seconds: float
    burst: int | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds <= 0 or (self.burst is not None and self.burst < 1):
            raise ValueError(f"no rate: {self}")

    @property
    def interval(self) -> float:
        """Seconds between two events that come evenly."""
        return self.seconds / self.count

    @property
    def tolerance(self) -> float:
        """How many seconds an event may come before its theoretical arrival time."""
        return self.interval * ((self.burst or self.count) - 1)
