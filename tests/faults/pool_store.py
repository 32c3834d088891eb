"""Messages read from the database itself."""

from dataclasses import dataclass
from typing import Final

from services.web.db.pool import Pool
from tests.support.chatting.stored import MESSAGES, Stored

_OF_A_CHAT: Final = MESSAGES + " WHERE chat_id = $1 ORDER BY id"


@dataclass(frozen=True, slots=True)
class PoolStore:
    """Reads by a pool of connections."""

    database: Pool

    async def messages(self, chat: int) -> list[Stored]:
        """Read all messages of a chat, of every version, the oldest first."""
        async with self.database.acquire() as connection:
            rows = await connection.fetch(_OF_A_CHAT, chat)
        return [Stored(**row) for row in rows]
