"""A chat: a conversation of one account with a model."""

from dataclasses import dataclass
from typing import Final

LARGEST_ID: Final = 2**63 - 1
"""The largest id that PostgreSQL's bigint holds; the bus may name a larger one."""
UNTITLED: Final = "New chat"
"""What a chat is called that has no title yet."""
UNTITLED_TEMPORARY: Final = "Temporary chat"


@dataclass(frozen=True, slots=True)
class ChatKey:
    """A chat and its owner; every statement about a chat names both."""

    account_id: int
    id: int


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; its first message gives it a title, and then its owner may give it another.

    A temporary chat is never listed or found. `chosen_connection` and `chosen_model` answer it, and
    it has options of the request to the model; None stands for the default.
    """

    account_id: int
    id: int
    title: str | None
    is_pinned: bool
    is_archived: bool
    is_temporary: bool
    chosen_connection: str | None
    chosen_model: str | None
    system_prompt: str | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None

    @property
    def name(self) -> str:
        """What the chat is called."""
        return self.title or (UNTITLED_TEMPORARY if self.is_temporary else UNTITLED)

    @property
    def key(self) -> ChatKey:
        """The chat and its owner, as statements name them."""
        return ChatKey(self.account_id, self.id)
