"""File descriptors: each socket needs one, and shells give a process few of them."""

import resource
from typing import Final

from services.shared.logging import get_logger

# For the listening socket, the bus, logs, and health checks.
OTHERS: Final = 64

log = get_logger("realtime.descriptors")


def allow_sockets(count: int) -> None:
    """Raise this process's limit as far as it goes; say so where `count` sockets do not fit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < count + OTHERS:
        log.warning("few_descriptors", sockets_wanted=count, sockets_possible=hard - OTHERS)
