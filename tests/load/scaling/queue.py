"""Work that is done one piece after the other."""

from dataclasses import dataclass


@dataclass(slots=True)
class Queue:
    """Takes `seconds` of work for each that comes."""

    seconds: float
    _free_at: float = 0.0

    def serve(self, now: float) -> float:
        """Return when the work for one who comes now is done."""
        self._free_at = max(now, self._free_at) + self.seconds
        return self._free_at
