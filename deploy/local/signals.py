"""The signals that ask the launcher to stop."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def caught_signals(handle: Callable[[], None]) -> Iterator[None]:
    """Call `handle`, from a thread of its own, for each SIGINT, SIGTERM and SIGHUP."""
    # A Python handler runs between any two steps of the main thread, where taking a lock may wait
    # for itself. The wakeup pipe brings each signal to a thread of its own instead.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = [signal.signal(number, lambda *_: None) for number in SIGNALS]
    signal.set_wakeup_fd(writer)
    threading.Thread(target=_listen, args=(reader, handle), name="signals", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
        os.close(writer)


def _listen(reader: int, handle: Callable[[], None]) -> None:
    with open(reader, "rb", buffering=0) as pipe:
        while pipe.read(1):
            handle()
