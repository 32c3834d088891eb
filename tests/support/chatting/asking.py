"""Asks questions in several chats, one after the other, for as long as a fault lasts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.support.chatting.answer_audit import Asked
from tests.support.chatting.chat import Chat
from tests.support.endpoints import ModelServer
from tests.support.waiting import until

MARKDOWN: Final = """/echo 1. one

   ```python
   print("<b>&amp;</b>")
   ```

2. $x^2$ *two*

> [!NOTE]
> """
QUESTIONS: Final = (
    "Something long, please",
    "Show me some code",
    "Draw a table",
    "Please count to 300",
    MARKDOWN + "Ünï 😀 `code` ~~no~~, " * 40 + "end",
)
END_SECONDS: Final = 180.0


@dataclass(slots=True)
class Asker:
    """Asks in each chat until it is stopped; `asked` are the questions so far."""

    oracle: ModelServer
    random: Random
    asked: list[Asked] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, chat: Chat, question: str, key: str | None = None) -> Asked:
        """Send a question in a chat; `key` is the form's own."""
        expected = await self.oracle.answer_whole(question)
        answer = await chat.send(question, key)
        self.asked.append(Asked(chat, answer, expected))
        return self.asked[-1]

    async def keep_asking(self, chat: Chat) -> None:
        """Ask again whenever the last answer has ended."""
        while not self.enough.is_set():
            asked = await self.ask(chat, self.random.choice(QUESTIONS))
            await chat.until_ended([asked.answer], END_SECONDS)

    async def until_ended(self) -> None:
        """Wait until every answer has ended."""
        for asked in list(self.asked):
            await asked.chat.until_ended([asked.answer], END_SECONDS)


@asynccontextmanager
async def asking(
    oracle: ModelServer, random: Random, chats: Sequence[Chat]
) -> AsyncIterator[Asker]:
    """Keep asking in these chats while the body runs; all answers have ended afterwards."""
    asker = Asker(oracle, random)
    async with asyncio.TaskGroup() as tasks:
        for chat in chats:
            tasks.create_task(asker.keep_asking(chat))

        async def has_begun() -> bool:
            return len(asker.asked) >= len(chats)

        await until(has_begun)
        try:
            yield asker
        finally:
            asker.enough.set()
