"""Messages as the database holds them."""

from dataclasses import dataclass
from typing import Final, Protocol

UNFINISHED: Final = ("waiting", "queued")
MESSAGES: Final = (
    "SELECT id, chat_id AS chat, role, status, content, error, restarted,"
    " retry_at IS NOT NULL AS has_retry_time,"
    " extract(epoch FROM ended_at)::float8 AS ended FROM messages"
)
"""Its columns are the fields of `Stored`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as the database holds it; `ended` is in seconds since the epoch."""

    id: int
    chat: int
    role: str
    status: str
    content: str
    error: str | None
    restarted: bool
    has_retry_time: bool
    ended: float | None

    @property
    def has_ended(self) -> bool:
        """Whether its answer has ended."""
        return self.status not in UNFINISHED


class Store(Protocol):
    """Where messages are read."""

    async def messages(self, chat: int) -> list[Stored]:
        """Read all messages of a chat, of every version, the oldest first."""
