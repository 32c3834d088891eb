"""Many readers of a chat: one shows its page, the others take down what comes, and its order."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Final, override

import httpx2

from services.shared.bus.connection import Bus
from services.shared.bus.position import Cursor
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import TURBO_STREAM, chat_group, turbo_stream_subject
from tests.faults.natter import until_connected
from tests.support.chatting.reader import ChatPage
from tests.support.http import BROWSER

MOST_PAUSE_SECONDS: Final = 0.4
_GROWS: Final = re.compile(r'action="(?:append|update)" target="message_(\d+)_(?:done|tail|b\d+)')
_REFRESHES: Final = re.compile(r'<turbo-stream action="refresh"')


@dataclass(eq=False, slots=True)
class Listener(ChatPage):
    """A page that shows nothing; `came` are the numbers of the publications that it got."""

    begun_at: Cursor | None = None
    came: list[int] = field(default_factory=list)

    @override
    def show(self, payload: bytes) -> bool:
        frame = payload.decode()
        cursor = Cursor.parse(frame.split('"', 2)[1])
        self.begun_at = self.begun_at or self.place
        self.came.append(cursor.sequence)
        self.place = cursor
        if (grows := _GROWS.search(frame)) is not None:
            now = asyncio.get_running_loop().time()
            self.growth.moments[int(grows[1])].append(now)
        wants = _REFRESHES.search(frame) is not None
        self.loading += wants
        return wants


def silences(pages: Sequence[ChatPage], begun: float, ended: float) -> list[float]:
    """Say how long growing answers stood still between two moments, all times that they did."""
    return [
        after - before
        for page in pages
        for moments in page.growth.moments.values()
        for before, after in pairwise(moments)
        if begun < after and before < ended
    ]


async def out_of_step(bus: Bus, listeners: Sequence[Listener]) -> list[str]:
    """Say which listeners did not get each publication since they began, once and in order."""
    faults = []
    for chat in {listener.chat for listener in listeners}:
        subject = turbo_stream_subject(chat_group(chat))
        stored = [one.sequence for one in await read_all(bus, TURBO_STREAM, subject)]
        for listener in listeners:
            if listener.chat == chat:
                since = listener.begun_at.sequence if listener.begun_at else 0
                due = [sequence for sequence in stored if sequence > since]
                if listener.came != due:
                    faults.append(f"chat {chat}: {len(listener.came)} of {len(due)} came")
    return faults


@asynccontextmanager
async def listening[Page: ChatPage](pages: Sequence[Page]) -> AsyncIterator[Sequence[Page]]:
    """Keep these pages open while the body runs; they are connected when it begins."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(page.run()) for page in pages]
        try:
            await until_connected(pages)
            yield pages
        finally:
            for task in running:
                task.cancel()


def chance(random: Random) -> Random:
    """Make another source of chance, the same in every run."""
    return Random(random.random())  # noqa: S311 - a seed makes the same waits every time


async def keep_visiting(http: httpx2.AsyncClient, chats: Sequence[int], random: Random) -> None:
    """Open one page after the other until cancelled."""
    while True:
        await http.get(f"/chat/{random.choice(chats)}/message/list/", headers=BROWSER)
        await asyncio.sleep(random.uniform(0, MOST_PAUSE_SECONDS))
