"""Detects a terminal that has gone without a signal.

When a terminal hangs up the kernel signals the leader of its session (tty(4)), and those in the
foreground only once that leader ends. `ssh -t host make run` makes `make` the leader, and it waits
for us.
"""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

LOOK_AGAIN_SECONDS = 1.0


def watch_terminal(stop: threading.Event, gone: Callable[[], None]) -> None:
    """Call `gone`, from a thread of its own, when the terminal that we are in front of hangs up.

    Until `stop` is set. Nothing is watched where there is no terminal or, as nohup has it, SIGHUP
    is ignored.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        watch = threading.Thread(target=_watch, args=(terminal, stop, gone), name="terminal")
        watch.daemon = True
        watch.start()


def _watch(terminal: int, stop: threading.Event, gone: Callable[[], None]) -> None:
    is_in_front = False
    with suppress(OSError):  # EIO, once it has hung up
        while not stop.is_set():
            is_in_front = os.tcgetpgrp(terminal) == os.getpgrp()
            stop.wait(LOOK_AGAIN_SECONDS)
    os.close(terminal)
    if is_in_front and not stop.is_set():
        gone()
