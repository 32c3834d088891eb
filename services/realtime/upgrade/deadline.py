"""A deadline at which a connection is cut off."""

import asyncio


class Deadline:
    """At most one timer of a connection."""

    __slots__ = ("_timer",)

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether it was set, and not cancelled."""
        return self._timer is not None

    def set(self, seconds: float, transport: asyncio.Transport) -> None:
        """Abort `transport` in so many seconds; an earlier deadline is cancelled."""
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, transport.abort)

    def cancel(self) -> None:
        """Leave the connection open."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
