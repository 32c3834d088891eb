"""The viewers of a fault test's pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.bus.subjects import Group, check_group
from tests.support.chatting.visit import STALE_SECONDS


@dataclass(frozen=True, slots=True)
class Visitor:
    """A page's viewer: the group, the user, and the address."""

    group: Group
    user: str
    source: str | None = None
    stale_seconds: float = STALE_SECONDS


def groups(count: int) -> list[Group]:
    """Name so many groups."""
    return [check_group(f"page_{number}") for number in range(1, count + 1)]


def visitors(group_names: Sequence[Group], each: int, **changes: float) -> list[Visitor]:
    """Give each group so many visitors, all from addresses and with names of their own."""
    return [
        Visitor(group, f"user-{number}-{seat}", _source(number * each + seat), **changes)
        for number, group in enumerate(group_names)
        for seat in range(each)
    ]


def _source(number: int) -> str:
    """Spread visitors over 127.1.0.0/16: the gateway bounds the sockets of one address."""
    return f"127.1.{number // 200 % 200}.{number % 200 + 1}"
