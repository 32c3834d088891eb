"""The addresses of a host: the one that answers first is taken, and no dead one is waited for."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Final

HEAD_START: Final = 0.25
"""Seconds that an address is waited for before the next is tried beside it (RFC 8305)."""

type Address = tuple[socket.AddressFamily, tuple[Any, ...]]
"""A family, and what the network of that family takes for an address."""


def is_numeric(host: str) -> bool:
    """Whether a host is an address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def addresses_of(host: str, port: int) -> list[Address]:
    """Look a name up, its families in turn: where one of them is dead, that costs a single wait.

    Raises OSError, and UnicodeError where the name is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    families: dict[socket.AddressFamily, list[Address]] = {}
    for family, _, _, _, address in found:
        families.setdefault(family, []).append((family, address))
    turns = zip_longest(*families.values())
    return [address for turn in turns for address in turn if address is not None]


async def first_connected(addresses: Sequence[Address]) -> socket.socket:
    """Connect to whichever answers first; the later ones begin later, or where one has failed.

    Raises the OSError that says most where all fail. Whoever is cancelled leaves no socket behind.
    """
    race = _Race()
    try:
        async with asyncio.TaskGroup() as tasks:
            await race.run(addresses, tasks)
    except BaseException:
        race.close(kept=0)
        raise
    race.close(kept=1)
    if not race.connected:
        raise _most_telling(race.faults)
    return race.connected[0]


class _Race:
    """What has connected, usually one, and what has failed."""

    def __init__(self) -> None:
        self.connected: list[socket.socket] = []
        self.faults: list[OSError] = []

    async def run(self, addresses: Sequence[Address], tasks: asyncio.TaskGroup) -> None:
        """Try the addresses until one has connected or all have failed."""
        left = list(reversed(addresses))
        running: set[asyncio.Task[None]] = set()
        while (left or running) and not self.connected:
            if left:
                running.add(tasks.create_task(self._try(left.pop())))
            patience = HEAD_START if left else None
            _, running = await asyncio.wait(
                running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
        for task in running:
            task.cancel()

    def close(self, *, kept: int) -> None:
        """Close what has connected, but for the first `kept`."""
        for late in self.connected[kept:]:
            late.close()

    async def _try(self, address: Address) -> None:
        try:
            self.connected.append(await _connected(address))
        except OSError as error:
            self.faults.append(error)


async def _connected(address: Address) -> socket.socket:
    family, where = address
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connecting, where)
    except BaseException:
        connecting.close()
        raise
    return connecting


def _most_telling(faults: Sequence[OSError]) -> OSError:
    """Return a refusal rather than that there is no way to another address."""
    if not faults:
        return OSError("the name has no address")
    return next((fault for fault in faults if type(fault) is not OSError), faults[0])
