"""What answers are made with, and the rows that jobs are made from."""

from dataclasses import dataclass

from services.web.chats.model import ChatKey
from services.web.limits.model import Limits
from services.web.messages.model import Author
from services.web.rendering.templates import Templates


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What each change of an answer's state needs: how pages show it, and what a person may do."""

    templates: Templates
    limits: Limits


@dataclass(frozen=True, slots=True)
class EarlierText:
    """The text of a message that the model reads, and its author."""

    role: Author
    content: str


@dataclass(frozen=True, slots=True)
class QueuedAnswer:
    """A queued answer, and the run that its job is for."""

    account_id: int
    chat_id: int
    message_id: int
    run: int

    @property
    def chat(self) -> ChatKey:
        """Its chat, with the owner."""
        return ChatKey(self.account_id, self.chat_id)
