"""A chat as a person uses it, by the forms of its page, and as the database holds it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import httpx2

from services.web.db.pool import Pool
from tests.support.waiting import until

ANSWER_SECONDS: Final = 120.0
TURBO: Final = {"accept": "text/vnd.turbo-stream.html, text/html"}
UNFINISHED: Final = ("waiting", "queued")
_MESSAGE: Final = re.compile(r'<article id="message_(\d+)" class="message message--(\w+)"')
_STORED: Final = (
    "SELECT id, role, status, content, error, retry_at, restarted, ended_at"
    " FROM messages WHERE chat_id = $1 ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as the database holds it; `ended` is in seconds since the epoch."""

    id: int
    role: str
    status: str
    content: str
    error: str | None
    has_retry_time: bool
    restarted: bool
    ended: float | None

    @property
    def has_ended(self) -> bool:
        """Nothing more of it will come by itself."""
        return self.status not in UNFINISHED


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; `http` goes to web, `database` holds what web has stored."""

    number: int
    http: httpx2.AsyncClient
    database: Pool

    async def send(self, content: str, key: str | None = None) -> int:
        """Send a message; return the id of its answer-to-be. `key` is the form's own."""
        path = f"/chat/{self.number}/message/create/"
        fields = {"content": content, **({"key": key} if key else {})}
        answer = await self.http.post(path, data=fields, headers=TURBO)
        assert answer.status_code == 200, f"status {answer.status_code}: {answer.text[-500:]}"
        ids = [int(number) for number, role in _MESSAGE.findall(answer.text) if role == "assistant"]
        assert len(ids) == 1, answer.text[:500]
        return ids[0]

    async def ask(self, message: int, action: str) -> httpx2.Response:
        """Press one of a message's buttons: stop, retry, continue or regenerate."""
        path = f"/chat/{self.number}/message/{message}/{action}/"
        answer = await self.http.post(path, headers=TURBO)
        assert answer.status_code < 400, f"{action}: {answer.status_code} {answer.text[-500:]}"
        return answer

    async def stored(self) -> list[Stored]:
        """Read all messages, of every version, the oldest first."""
        async with self.database.acquire() as connection:
            rows = await connection.fetch(_STORED, self.number)
        return [_read(row) for row in rows]

    async def message(self, message: int) -> Stored:
        """Read one message."""
        return next(stored for stored in await self.stored() if stored.id == message)

    async def until_ended(
        self, messages: Sequence[int], seconds: float = ANSWER_SECONDS
    ) -> list[Stored]:
        """Wait until these answers have ended, however; return them."""

        async def have_ended() -> list[Stored]:
            found = [stored for stored in await self.stored() if stored.id in messages]
            return found if all(each.has_ended for each in found) else []

        return await until(have_ended, seconds=seconds)


async def new_chat(http: httpx2.AsyncClient, database: Pool) -> Chat:
    """Begin a chat."""
    answer = await http.post("/chat/")
    assert answer.status_code == 303, f"status {answer.status_code}"
    return Chat(int(answer.headers["location"].split("/")[2]), http, database)


def _read(row: asyncpg.Record) -> Stored:
    return Stored(
        row["id"],
        row["role"],
        row["status"],
        row["content"],
        row["error"],
        row["retry_at"] is not None,
        row["restarted"],
        row["ended_at"] and row["ended_at"].timestamp(),
    )
