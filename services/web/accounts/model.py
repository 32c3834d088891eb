"""An account, which owns chats."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account."""

    id: int
    name: str
