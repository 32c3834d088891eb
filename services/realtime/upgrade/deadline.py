"""The time that a client has for something, at whose end its connection is cut off."""

import asyncio


class Deadline:
    """At most one timer of a connection."""

    __slots__ = ("_timer",)

    def __init__(self, timer: asyncio.TimerHandle | None = None) -> None:
        self._timer = timer

    @property
    def is_set(self) -> bool:
        """Whether it was set, and not lifted."""
        return self._timer is not None

    def set(self, seconds: float, transport: asyncio.Transport) -> None:
        """Let the time begin, anew if it has begun before."""
        self.lift()
        self._timer = asyncio.get_running_loop().call_later(seconds, transport.abort)

    def lift(self) -> None:
        """Set no limit any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
