"""An event loop on a virtual clock: time passes only where nothing else is to be done."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, override


class ClockLoop(asyncio.SelectorEventLoop):
    """`time()` is 0 at first, and jumps to the next timer whenever all is done."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Selector(self))

    @override
    def time(self) -> float:
        return self.now

    def stall(self, seconds: float) -> None:
        """Let time pass without running anything, as for a stopped process."""
        self.now += seconds


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: ClockLoop) -> None:
        super().__init__()
        self._loop = loop

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for what will never come"
        self._loop.now += max(timeout, 0)
        return super().select(0)


def run_by_clock[T](work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in such a loop and return its result."""
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(work)


def clock_loop() -> ClockLoop:
    """Return the loop that is running."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ClockLoop)
    return loop
