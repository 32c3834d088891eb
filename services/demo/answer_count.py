"""Counts answers, so that a test sees that a stopped one was closed here too, and when."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

REMEMBERED_CLOSINGS = 1000


@dataclass(frozen=True, slots=True)
class Closing:
    """An answer whose client went away: when it was asked for, and when that happened (seconds).

    The times are the machine's monotonic clock, which is the same for all its processes.
    """

    begun: float
    closed: float

    def figures(self) -> dict[str, float]:
        """Return when it was closed, and how long after the request, in ms."""
        return {
            "closed_at_ms": round(self.closed * 1000, 3),
            "closed_after_ms": round((self.closed - self.begun) * 1000, 3),
        }


@dataclass(slots=True)
class AnswerCount:
    """How many answers are active, were started, were finished, and lost their client."""

    active: int = 0
    started: int = 0
    finished: int = 0
    disconnected: int = 0
    closings: deque[Closing] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CLOSINGS))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the body as one answer; if it is cancelled, the client has gone away."""
        self.started += 1
        self.active += 1
        begun = time.monotonic()
        try:
            yield
        except asyncio.CancelledError:
            self.disconnected += 1
            self.closings.append(Closing(begun, time.monotonic()))
            raise
        else:
            self.finished += 1
        finally:
            self.active -= 1

    def figures(self) -> dict[str, float]:
        """Return the counts by name, and the times of the latest closing (0: none)."""
        latest = self.closings[-1] if self.closings else Closing(0, 0)
        names = ("active", "started", "finished", "disconnected")
        return {name: getattr(self, name) for name in names} | latest.figures()

    def closed_early(self) -> list[dict[str, float]]:
        """Return the times of the last thousand closings, the oldest first."""
        return [closing.figures() for closing in self.closings]
