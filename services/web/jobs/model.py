"""What a worker is told was said."""

from dataclasses import dataclass

from services.web.messages.model import Author


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the chat, and whose it is."""

    role: Author
    content: str


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A queued answer, and which run of it a worker is to have a job for."""

    account_id: int
    chat_id: int
    message_id: int
    run: int
