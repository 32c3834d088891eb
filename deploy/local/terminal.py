"""Detects a terminal that has hung up without a signal to us.

When a terminal hangs up the kernel signals the leader of its session (tty(4)), and those in the
foreground only once that leader ends. `ssh -t host make run` makes `make` the leader, and it waits
for us.
"""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

POLL_SECONDS = 1.0


def watch_terminal(stop: threading.Event, gone: Callable[[], None]) -> None:
    """Call `gone`, from a thread of its own, if the terminal hangs up while we are in front.

    It watches until `stop` is set, unless there is no terminal or SIGHUP is ignored (nohup).
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        watch = threading.Thread(target=_watch, args=(terminal, stop, gone), name="terminal")
        watch.daemon = True
        watch.start()


def _watch(terminal: int, stop: threading.Event, gone: Callable[[], None]) -> None:
    is_foreground = False
    with suppress(OSError):  # EIO, once it has hung up
        while not stop.is_set():
            is_foreground = os.tcgetpgrp(terminal) == os.getpgrp()
            stop.wait(POLL_SECONDS)
    os.close(terminal)
    if is_foreground and not stop.is_set():
        gone()
