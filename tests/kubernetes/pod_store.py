"""Messages as the database's pod holds them, read by its own `psql`."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from tests.kubernetes.played import Played
from tests.support.chatting.stored import MESSAGES, Stored

_ALL: Final = f"SELECT coalesce(json_agg(m ORDER BY id), '[]') FROM ({MESSAGES}) AS m"  # noqa: S608 - a constant
_PSQL: Final = ("psql", "--username=natter", "--tuples-only", "--no-align", "natter")


@dataclass(frozen=True, slots=True)
class PodStore:
    """Reads anew whenever it is asked."""

    pods: Played
    pod: str = "postgres"

    async def messages(self, chat: int) -> list[Stored]:
        """Return all messages of a chat, of every version, the oldest first."""
        said = await asyncio.to_thread(self._ask)
        stored = [Stored(**fields) for fields in json.loads(said)]
        return [one for one in stored if one.chat == chat]

    def _ask(self) -> str:
        return self.pods.inside(self.pod, *_PSQL, given=_ALL.encode()).strip()
