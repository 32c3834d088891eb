"""What a worker is told was said."""

from dataclasses import dataclass

from services.web.messages.model import Author


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the chat, and whose it is."""

    role: Author
    content: str
