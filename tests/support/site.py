"""The whole stack as people run it, on free ports, with a database that can be filled."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import asyncpg
import httpx2

from deploy.local.postgres import running_postgres
from tests.support.http import http_client
from tests.support.local_stack import LocalStack, running
from tests.support.stored_chats import local_account

_DATABASE: Final = "natter"


@dataclass(frozen=True, slots=True)
class Site:
    """A running stack, somebody who asks it, and a connection to its database."""

    url: str
    client: httpx2.AsyncClient
    db: asyncpg.Connection
    account_id: int

    async def new_chat(self) -> int:
        """Begin a chat and return its number."""
        response = await self.client.post("/chat/")
        return int(response.headers["location"].split("/chat/")[1].split("/")[0])

    async def ask(self, chat: int, question: str) -> None:
        """Send `question` in `chat`."""
        path = f"/chat/{chat}/message/create/"
        response = await self.client.post(path, data={"content": question})
        assert response.status_code == HTTPStatus.SEE_OTHER, response.text[:200]


@asynccontextmanager
async def running_site(
    folder: Path, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Site]:
    """Run the launcher and all it starts until the body ends, with these variables."""
    with running_postgres(folder / "postgres") as postgres:
        postgres.create_database(_DATABASE)
        address = postgres.url(_DATABASE)
        stack = LocalStack(folder / ".natter", {"DATABASE_URL": address, **(variables or {})})
        async with running(stack), http_client(stack.url) as client:
            # The first page makes the account.
            await client.get("/chat/", follow_redirects=True)
            db = await asyncpg.connect(address)
            try:
                yield Site(stack.url, client, db, await local_account(db))
            finally:
                await db.close()
