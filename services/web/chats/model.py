"""A chat: a conversation of one account with a model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; it has a title once something was said in it."""

    id: int
    title: str | None
