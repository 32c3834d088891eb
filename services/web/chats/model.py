"""A chat: a conversation of one account with a model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatKey:
    """Which chat, and whose: what every statement about it names."""

    account_id: int
    id: int


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; it has a title once something was said in it."""

    id: int
    title: str | None
