"""The choice of a model, and the options with which a chat asks it."""

from dataclasses import dataclass
from typing import Final

MODEL_CHARS: Final = 400
"""The longest connection and model together, as a form sends them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model of a connection; None stands for the default of ai, or of the connection."""

    connection: str | None = None
    model: str | None = None

    @property
    def value(self) -> str:
        """The choice as forms send it: `<connection>/<model>`, or nothing for the default."""
        return f"{self.connection}/{self.model or ''}" if self.connection else ""


@dataclass(frozen=True, slots=True)
class Options:
    """What a chat asks with; None stands for what ai, or the endpoint, is set up with."""

    system_prompt: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A model that an account has pinned, or has used."""

    connection: str
    model: str
    is_pinned: bool

    @property
    def choice(self) -> Choice:
        """The model as chats choose it."""
        return Choice(self.connection, self.model or None)
