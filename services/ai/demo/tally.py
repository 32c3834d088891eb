"""Counts generations, so that a test can see that a stopped one was closed upstream."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Tally:
    """How many generations run, were begun, came to their end, and lost their client."""

    active: int = 0
    started: int = 0
    finished: int = 0
    disconnected: int = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what runs inside as one generation; a cancelled one has lost its client."""
        self.started += 1
        self.active += 1
        try:
            yield
        except asyncio.CancelledError:
            self.disconnected += 1
            raise
        else:
            self.finished += 1
        finally:
            self.active -= 1

    def figures(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)
