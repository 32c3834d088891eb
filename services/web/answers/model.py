"""What jobs are made of."""

from dataclasses import dataclass

from services.web.chats.model import ChatKey
from services.web.messages.model import Author


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the chat, and whose it is."""

    role: Author
    content: str


@dataclass(frozen=True, slots=True)
class QueuedAnswer:
    """An answer whose turn it is, and the run for which a worker must have a job."""

    account_id: int
    chat_id: int
    message_id: int
    run: int

    @property
    def chat(self) -> ChatKey:
        """Its chat, and whose that is."""
        return ChatKey(self.account_id, self.chat_id)
