"""The number of sockets that a process may open on this machine."""

import resource
from typing import Final

# What a server needs beside its sockets: its libraries, its log, its bus.
_BESIDE: Final = 500


def sockets_within_limit(wanted: int) -> int:
    """Raise this process's limit, which its children inherit, and return how many sockets fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _BESIDE
    limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit - _BESIDE
