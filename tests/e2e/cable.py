"""A cable between a page and the gateway that can be pulled out and put back."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from deploy.local.settings import LOOPBACK
from tests.e2e.chat_page import ChatPage
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

BY_CABLE = """
const Native = window.WebSocket
window.WebSocket = class extends Native {
  constructor(url, ...more) {
    super(url.replace(":%d/", ":%d/"), ...more)
  }
}
"""


@dataclass
class Cable:
    """Carries bytes from its own port to `gateway`, unless it is pulled out."""

    gateway: int
    port: int = 0
    is_out: bool = False
    _ends: set[StreamWriter] = field(default_factory=set)

    def pull_out(self) -> None:
        """Break every connection, as a router that is switched off does, and take no other."""
        self.is_out = True
        for end in self._ends:
            end.transport.abort()

    def put_back(self) -> None:
        """Take connections again."""
        self.is_out = False

    async def carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Carry one connection until either end closes."""
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.gateway)
        ends = {writer, far_writer}
        self._ends |= ends
        if self.is_out:
            self.pull_out()
        with suppress(OSError):
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_pass_on(reader, far_writer))
                both_ways.create_task(_pass_on(far_reader, writer))
        self._ends -= ends


@asynccontextmanager
async def cable_to(stack: LocalStack) -> AsyncIterator[Cable]:
    """Give a cable to the gateway of `stack`."""
    cable = Cable(stack.ports["REALTIME"])
    server = await asyncio.start_server(cable.carry, LOOPBACK, 0)
    cable.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield cable
        finally:
            # The server waits for its connections, and a page would keep its own.
            cable.pull_out()


async def open_by_cable(pages: Pages, chat_id: int, cable: Cable) -> ChatPage:
    """Open a page of the chat whose socket goes through `cable`; wait until it is open."""
    chat = await load_by_cable(pages, chat_id, cable)
    await chat.is_connected()
    return chat


async def load_by_cable(pages: Pages, chat_id: int, cable: Cable) -> ChatPage:
    """Load a page of the chat whose socket goes through `cable`, be that in or out."""
    # The page's policy names the gateway's own port.
    page = await pages.blank(bypass_csp=True)
    await page.add_init_script(BY_CABLE % (cable.gateway, cable.port))
    await page.goto(f"/chat/{chat_id}/message/list/")
    return ChatPage(page, chat_id)


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
