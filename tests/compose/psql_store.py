"""Messages as the stack's PostgreSQL holds them, read by its own `psql`."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final

from tests.compose.project import Project
from tests.support.chatting.stored import MESSAGES, Stored

_ALL: Final = f"SELECT coalesce(json_agg(m ORDER BY id), '[]') FROM ({MESSAGES}) AS m"  # noqa: S608 - a constant


@dataclass(slots=True)
class PsqlStore:
    """Holds what `read` has found last: each reading is a process in a container."""

    project: Project
    _found: list[Stored] = field(default_factory=list)

    async def read(self) -> None:
        """Read all messages of all chats."""
        said = await asyncio.to_thread(query, self.project, _ALL)
        self._found = [Stored(**fields) for fields in json.loads(said)]

    async def messages(self, chat: int) -> list[Stored]:
        """Return all messages of a chat, of every version, the oldest first."""
        return [stored for stored in self._found if stored.chat == chat]


def query(project: Project, sql: str) -> str:
    """Ask the database for one value."""
    psql = ("psql", "--username=natter", "--tuples-only", "--no-align", "natter")
    return project.compose("exec", "-T", "postgres", *psql, given=sql.encode()).strip()
