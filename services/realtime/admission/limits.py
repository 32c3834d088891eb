"""How many sockets there may be: in all, of one user, from one address."""

import socket
from typing import Final, Literal

Limit = Literal["user", "address", "all"]

_IPV4_IN_IPV6: Final = bytes(10) + b"\xff\xff"


class LimitReachedError(Exception):
    """There is no room for one more; `limit` says where."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.limit = limit


class Limits:
    """Counts what is open; nothing is remembered of a user or an address that has left."""

    __slots__ = ("_addresses", "_in_all", "_open", "_per_address", "_per_user", "_users")

    def __init__(self, *, in_all: int, per_user: int, per_address: int) -> None:
        self._in_all = in_all
        self._per_user = per_user
        self._per_address = per_address
        self._open = 0
        self._users: dict[str, int] = {}
        self._addresses: dict[str, int] = {}

    @property
    def open(self) -> int:
        """How many places are taken."""
        return self._open

    @property
    def users(self) -> int:
        """How many users hold one or more."""
        return len(self._users)

    def take(self, user: str, address: str) -> None:
        """Take a place, to be given back once, or raise `LimitReachedError` and take none."""
        if self._users.get(user, 0) >= self._per_user:
            raise LimitReachedError("user")
        if self._addresses.get(address, 0) >= self._per_address:
            raise LimitReachedError("address")
        if self._open >= self._in_all:
            raise LimitReachedError("all")
        self._open += 1
        self._users[user] = self._users.get(user, 0) + 1
        self._addresses[address] = self._addresses.get(address, 0) + 1

    def give_back(self, user: str, address: str) -> None:
        """Give a place back; raises `KeyError` where none was taken."""
        _decrement(self._users, user)
        _decrement(self._addresses, address)
        self._open -= 1


def limited_address(host: str) -> str:
    """Return what counts as one address: for IPv6 the /64, which one subscriber has to himself.

    (RFC 6177, section 2.) What is no address, such as a socket's path, stands for itself.
    """
    if ":" not in host:
        return host
    try:
        # Twenty times as fast as the `ipaddress` module.
        packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    except (OSError, ValueError):
        return host
    if packed.startswith(_IPV4_IN_IPV6):
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    return f"{socket.inet_ntop(socket.AF_INET6, packed[:8] + bytes(8))}/64"


def _decrement(counts: dict[str, int], name: str) -> None:
    left = counts[name] - 1
    if left:
        counts[name] = left
    else:
        del counts[name]
