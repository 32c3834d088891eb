"""The signals that ask the launcher to stop."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def caught_signals(handle: Callable[[signal.Signals], None]) -> Iterator[None]:
    """Call `handle`, from a thread of its own, for each SIGINT, SIGTERM and SIGHUP.

    An ignored SIGHUP stays ignored, so that `nohup` works.
    """
    # A Python handler interrupts the main thread at any point, so taking a lock in it may deadlock.
    # The wakeup pipe brings each signal to a thread of its own instead.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    is_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    caught = [one for one in SIGNALS if not (is_nohup and one == signal.SIGHUP)]
    before = [signal.signal(number, lambda *_: None) for number in caught]
    signal.set_wakeup_fd(writer)
    threading.Thread(target=_listen, args=(reader, handle), name="signals", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)
        os.close(writer)


def _listen(reader: int, handle: Callable[[signal.Signals], None]) -> None:
    with open(reader, "rb", buffering=0) as pipe:
        while number := pipe.read(1):
            handle(signal.Signals(number[0]))
