"""`python -m tests.faults.poisoned_worker`: the ai service, and what it cannot bear.

It suffers as it renders text with one of three characters, which has just come or is in the log.
"""

import os
import re
import runpy
import signal
from typing import Final

from services.shared.markdown import Change, Splitter

DIES: Final = "☠"
HANGS: Final = "∞"
STANDS_STILL: Final = "⏸"
STATUS: Final = 9

_feed = Splitter.feed


def _die() -> None:
    os._exit(STATUS)


def _hang() -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")


def _stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


SUFFERINGS: Final = {DIES: _die, HANGS: _hang, STANDS_STILL: _stand_still}


def _feed_poison(self: Splitter, piece: str) -> tuple[Change, ...]:
    for char, suffer in SUFFERINGS.items():
        if char in piece:
            suffer()
    return _feed(self, piece)


if __name__ == "__main__":
    Splitter.feed = _feed_poison  # type: ignore[method-assign]
    runpy.run_module("services.ai", run_name="__main__")
