"""Mends what asyncio does with a write to a connection that is lost and not yet closed.

Its `writelines` registers the descriptor for writing, which nobody takes back (CPython issue
136234, in 3.12 and the first of 3.13): whoever is given that descriptor next is never read from. So
a bus that was killed in one test let a socket of another hang. The services run on uvloop.
"""

from asyncio import selector_events
from collections.abc import Iterable
from typing import Any

_WRITE = selector_events._SelectorSocketTransport.writelines  # type: ignore[attr-defined]  # noqa: SLF001 - it has no public name


def _write_unless_gone(transport: Any, pieces: Iterable[bytes]) -> None:
    if not (transport._conn_lost and transport._sock is not None):  # noqa: SLF001
        _WRITE(transport, pieces)


def take_no_writes_once_gone() -> None:
    """Have `writelines` do as `write` does."""
    selector_events._SelectorSocketTransport.writelines = _write_unless_gone  # type: ignore[attr-defined]  # noqa: SLF001
