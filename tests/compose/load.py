"""Many chats at once through the proxy: questions by HTTP, answers over WebSockets, an audit."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx2

from services.demo.commands import script_for
from tests.compose.figures import Figures
from tests.compose.project import Project
from tests.compose.psql_store import PsqlStore
from tests.support.chatting.answer_audit import Asked, Findings, audit_answers
from tests.support.chatting.asking import MARKDOWN
from tests.support.chatting.chat import Chat, NotTakenError, new_chat
from tests.support.chatting.reader import ChatPage
from tests.support.waiting import passed, until

type Busy = Callable[[str], AbstractAsyncContextManager["Load"]]

CHATS: Final = 20
QUESTIONS: Final = (
    "/slow 40 Draw a table",
    "/slow 40 Show me some code",
    "/slow 60 Please count to 300",
    f"/slow 60 {MARKDOWN}{'Ünï 😀 `code` ~~no~~, ' * 40}end",
)
REQUEST_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 0.5
ENDED: Final = {"complete", "failed", "stopped"}


@dataclass(slots=True)
class Load:
    """Asks in each chat whenever its page shows that the last answer has ended."""

    http: httpx2.AsyncClient
    store: PsqlStore
    random: Random
    tasks: asyncio.TaskGroup
    chats: list[Chat] = field(default_factory=list)
    pages: list[ChatPage] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    sent_again: int = 0
    """Forms that nobody had taken, and that were sent once more with their key."""
    reading: list[asyncio.Task[None]] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, count: int) -> None:
        """Begin so many chats, and open a page of each."""
        self.chats += [await new_chat(self.http, self.store) for _ in range(count)]
        await self.open_pages()

    async def open_pages(self) -> None:
        """Open a page of each chat, one more where there are some."""
        pages = [ChatPage(chat.number, self.http, self._chance()) for chat in self.chats]
        self.reading += [self.tasks.create_task(page.run()) for page in pages]
        self.pages += pages
        await until_connected(pages)

    async def keep_asking(self, chat: Chat, page: ChatPage) -> None:
        """Ask until it was enough; return when the last answer has ended."""
        while not self.enough.is_set():
            question = self.random.choice(QUESTIONS)
            answer = await self._send(chat, question)
            self.asked.append(Asked(chat, answer, script_for(question).text))
            await until_shown_as_ended(page, answer)

    async def more(self, answers: int) -> None:
        """Wait until so many more questions were asked."""
        target = len(self.asked) + answers

        async def have_been_asked() -> bool:
            return len(self.asked) >= target

        await until(have_been_asked)

    async def until_writing(self, count: int) -> None:
        """Wait until so many answers grow at this moment."""

        async def are_growing() -> bool:
            return sum(map(is_growing, self.pages)) >= count

        await until(are_growing)

    async def audit(self) -> Findings:
        """Hold everything that was asked against what is stored, and pages against new ones."""
        await self.store.read()
        findings = await audit_answers(self.asked, self.pages)
        for chat in self.chats:
            asked = sum(each.chat is chat for each in self.asked)
            stored = len(await chat.stored())
            if stored != 2 * asked:
                findings.faults.append(
                    f"chat {chat.number}: {stored} messages of {asked} questions"
                )
        return findings

    def summary(self, findings: Findings) -> str:
        """Write what an audit has found, and what it took."""
        doubled = sum(len(page.document.doubled) for page in self.pages)
        silence = max((page.growth.longest_pause() for page in self.pages), default=0.0)
        figures = {
            "chats": len(self.chats),
            "answers": findings.answers,
            "lost or wrong": len(findings.faults),
            "doubled": doubled,
            "forms sent again": self.sent_again,
            "connections ended": sum(page.endings.total() for page in self.pages),
            "refreshes": findings.reloads,
            "longest silence": f"{silence:.1f} s",
        }
        return ", ".join(f"{name} {figure}" for name, figure in figures.items())

    def _chance(self) -> Random:
        return Random(self.random.random())  # noqa: S311 - waits, no secrets

    async def _send(self, chat: Chat, question: str) -> int:
        """Send a form as often as it needs; its key makes one message of all of them."""
        key = secrets.token_hex(16)
        while True:
            try:
                return await chat.send(question, key)
            except NotTakenError as refused:
                if refused.status < 500:
                    raise
            except httpx2.TransportError:
                pass
            self.sent_again += 1
            await passed(AGAIN_SECONDS)


@asynccontextmanager
async def loading(project: Project, figures: Figures, what: str) -> AsyncIterator[Load]:
    """Keep chats busy while the body runs; afterwards all answers have ended and are audited."""
    store, random = PsqlStore(project), Random(secrets.randbits(32))  # noqa: S311 - the order of questions
    async with (
        project.http(REQUEST_SECONDS) as http,
        asyncio.TaskGroup() as tasks,
    ):
        load = Load(http, store, random, tasks)
        try:
            await load.open(CHATS)
            async with asyncio.TaskGroup() as asking:
                for chat, page in zip(load.chats, load.pages, strict=True):
                    asking.create_task(load.keep_asking(chat, page))
                try:
                    yield load
                finally:
                    load.enough.set()
            findings = await load.audit()
        finally:
            for task in load.reading:
                task.cancel()
    figures.note(what, load.summary(findings))
    findings.check()


async def until_connected(pages: Sequence[ChatPage]) -> None:
    """Wait until each of these pages has an open socket."""

    async def are_connected() -> bool:
        return all(page.visit is not None for page in pages)

    await until(are_connected)


async def until_shown_as_ended(page: ChatPage, answer: int) -> None:
    """Wait until a page shows that this answer has ended, however."""

    async def has_ended() -> bool:
        return status_of(page, answer) in ENDED

    await until(has_ended)


def status_of(page: ChatPage, answer: int) -> str:
    """Return the state in which a page shows an answer; nothing where it is not there."""
    footer = page.document.by_id.get(f"message_{answer}_footer")
    return footer.attributes.get("data-status", "") if footer else ""


def is_growing(page: ChatPage) -> bool:
    """Return whether the answer that grew last on this page is still being written."""
    return bool(page.growth.order) and status_of(page, page.growth.order[-1]) == "streaming"
