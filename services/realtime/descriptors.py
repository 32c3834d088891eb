"""File descriptors: each socket needs one, and shells give a process few of them."""

import resource
from contextlib import suppress
from typing import Final

from services.shared.process.logging import get_logger

# For the listening socket, the bus, logs, and health checks.
OTHERS: Final = 64

log = get_logger("realtime.descriptors")


def allow_sockets(count: int) -> None:
    """Raise this process's limit as far as it goes; say so where `count` sockets do not fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # "Unlimited" is no number that macOS takes.
    highest = max(soft, count + OTHERS) if hard == resource.RLIM_INFINITY else hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < count + OTHERS:
        log.warning(
            "few_descriptors",
            sockets_wanted=count,
            sockets_possible=limit - OTHERS,
            meaning="more browsers are refused: let this process open more files (ulimit -Hn), or"
            " lower NATTER_REALTIME_MAX_SOCKETS",
        )
