"""Tests on an event loop whose time passes at once."""

from collections.abc import Callable, Coroutine
from functools import wraps

from tests.support.clock_loop import run_by_clock


def by_clock(test: Callable[[], Coroutine[object, object, None]]) -> Callable[[], None]:
    """Run an async test on a `ClockLoop`, where no test waits for a timer."""

    @wraps(test)
    def run() -> None:
        run_by_clock(test())

    return run
