"""Event streams of a gateway as a stock client reads them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from tests.support.http import http_client
from tests.support.sockets import ELEMENT
from tests.support.tokens import token_for
from tests.support.waiting import DEADLINE_SECONDS


@dataclass
class Events:
    """An open event stream, and the last id that it told."""

    answer: httpx2.Response
    last_id: str = ""
    beats: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = self.answer.aiter_lines()

    async def next(self) -> str | None:
        """Return the HTML of the next message as it was published, None at the end."""
        data: list[str] = []
        kind = ""
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "id":
                    self.last_id = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    data.append(value)
                elif line == "" and kind == "beat":
                    self.beats += data
                    data, kind = [], ""
                elif line == "" and data:
                    return self._published("\n".join(data))
        return None

    async def receive(self, count: int) -> list[str | None]:
        """Return so many; None stands for the end."""
        return [await self.next() for _ in range(count)]

    def _published(self, html: str) -> str:
        mark = f'<turbo-stream data-cursor="{self.last_id}"'
        assert html.startswith(mark)
        assert ELEMENT.sub("", html) == ""
        return "<turbo-stream" + html.removeprefix(mark)


@asynccontextmanager
async def reading(
    address: str, group: str = "chat_1", query: str = "", **headers: str
) -> AsyncIterator[Events]:
    """Listen to `group` for as long as the body runs; `headers` are written with underscores."""
    url = f"http://{address}/sse/turbo_stream/{group}/?token={token_for(group)}{query}"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http_client() as client, client.stream("GET", url, headers=sent) as answer:
        assert answer.status_code == 200
        yield Events(answer)
