"""When the answers on a page grew, and how long they paused after a fault."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from tests.support.elements import Element

_INSIDE: Final = re.compile(r"message_(\d+)_(?!footer|reasoning_summary|thinking$)")


@dataclass(slots=True)
class Growth:
    """The moments at which text came, by message, on a monotonic clock."""

    moments: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    order: list[int] = field(default_factory=list)
    """The messages that grew, one after the other."""

    def note(self, stream: Element, now: float) -> None:
        """Record a turbo-stream element, if it brings text of a message."""
        if stream.attributes["action"] not in ("append", "update"):
            return
        found = _INSIDE.match(stream.attributes["target"])
        if found is None:
            return
        message = int(found[1])
        self.moments[message].append(now)
        if self.order[-1:] != [message]:
            self.order.append(message)

    def last(self, message: int) -> float | None:
        """Return when this message grew last; None where it never did."""
        moments = self.moments.get(message)
        return moments[-1] if moments else None

    def longest_pause(self) -> float:
        """Return how long a message stood still at most, from its first text to its last."""
        pauses = (
            after - before
            for moments in self.moments.values()
            for before, after in pairwise(moments)
        )
        return max(pauses, default=0.0)

    def pause_after(self, message: int, moment: float, shortest: float) -> float | None:
        """Return how long after `moment` a message grew again that stood still then.

        None where it did not stand still for `shortest` seconds: the fault was none of its.
        """
        moments = self.moments.get(message, [])
        for before, after in pairwise(moments):
            if after > moment and after - before >= shortest:
                return after - moment
        return None
