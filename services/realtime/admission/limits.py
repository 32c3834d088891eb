"""How many sockets there may be: in all, of one user, from one address."""

from typing import Literal

Limit = Literal["user", "address", "all"]


class LimitReachedError(Exception):
    """One of the limits is reached: `limit`."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.limit = limit


class Limits:
    """Counts open sockets; users and addresses without one take no memory."""

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
        """How many sockets are open."""
        return self._open

    @property
    def users(self) -> int:
        """How many users have one or more open."""
        return len(self._users)

    def take(self, user: str, address: str) -> None:
        """Count a socket, to be released once, or raise `LimitReachedError` and count none."""
        if self._users.get(user, 0) >= self._per_user:
            raise LimitReachedError("user")
        if self._addresses.get(address, 0) >= self._per_address:
            raise LimitReachedError("address")
        if self._open >= self._in_all:
            raise LimitReachedError("all")
        self._open += 1
        self._users[user] = self._users.get(user, 0) + 1
        self._addresses[address] = self._addresses.get(address, 0) + 1

    def release(self, user: str, address: str) -> None:
        """Count a socket no more; raises `KeyError` where none was counted."""
        _decrement(self._users, user)
        _decrement(self._addresses, address)
        self._open -= 1


def _decrement(counts: dict[str, int], name: str) -> None:
    left = counts[name] - 1
    if left:
        counts[name] = left
    else:
        del counts[name]
