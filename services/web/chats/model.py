"""A chat: a conversation of one account with a model."""

from dataclasses import dataclass
from typing import Final

LARGEST_ID: Final = 2**63 - 1
"""The largest id that PostgreSQL's bigint holds; the bus may name a larger one."""


@dataclass(frozen=True, slots=True)
class ChatKey:
    """A chat and its owner; every statement about a chat names both."""

    account_id: int
    id: int


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; its first message gives it a title."""

    account_id: int
    id: int
    title: str | None

    @property
    def key(self) -> ChatKey:
        """The chat and its owner, as statements name them."""
        return ChatKey(self.account_id, self.id)
