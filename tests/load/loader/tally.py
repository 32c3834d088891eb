"""Counts of what has arrived at all sockets of a loader."""

import time
from array import array
from dataclasses import dataclass, field

from tests.load.loader.sockets import Texts
from tests.load.publication import sent_at


@dataclass(slots=True)
class Tally:
    """Sums since they were last reset; `delays` are nanoseconds, where they are wanted."""

    frames: int = 0
    size: int = 0
    reads: int = 0
    ended: int = 0
    """Sockets that the server closed."""
    delays: array[int] = field(default_factory=lambda: array("q"))

    def count(self, data: bytes, texts: Texts) -> None:
        """Count what came with one read."""
        self.frames += len(texts)
        self.size += len(data)
        self.reads += 1

    def count_timed(self, data: bytes, texts: Texts) -> None:
        """Count it, and note how long ago each was published."""
        now = time.monotonic_ns()
        self.count(data, texts)
        for start, end in texts:
            self.delays.append(now - sent_at(data[start:end]))

    def count_end(self) -> None:
        """Count a socket that the server closed."""
        self.ended += 1

    def reset(self) -> None:
        """Start counting again."""
        self.frames = self.size = self.reads = self.ended = 0
        self.delays = array("q")
