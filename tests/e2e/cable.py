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
for (const name of ["WebSocket", "EventSource"]) {
  const Native = window[name]
  window[name] = class extends Native {
    constructor(url, ...more) {
      super(String(url).replace(":%d/", ":%d/"), ...more)
    }
  }
}
"""
# What a browser says of connections that end without an answer, or are asked to try again.
AWAY = (
    r"(WebSocket connection to .* failed|net::ERR_|ERR_EMPTY_RESPONSE|ERR_CONNECTION|status of 503)"
)


@dataclass
class Cable:
    """Carries bytes from its own port to `gateway`, in the place of the port `named` by pages."""

    named: int
    gateway: int
    port: int = 0
    is_out: bool = False
    _ends: set[StreamWriter] = field(default_factory=set)
    _flows: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._flows.set()

    def pull_out(self) -> None:
        """Break every connection, as a router that is switched off does, and take no other."""
        self.is_out = True
        for end in self._ends:
            end.transport.abort()

    def put_back(self) -> None:
        """Take connections again."""
        self.is_out = False

    def clog(self) -> None:
        """Let nothing through any more, and tell nobody: as when one end has left the network."""
        self._flows.clear()

    def unclog(self) -> None:
        """Let everything through again."""
        self._flows.set()

    async def carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Carry one connection until either end closes."""
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.gateway)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._ends |= ends
        if self.is_out:
            self.pull_out()
        with suppress(OSError):
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._pass_on(reader, far_writer))
                both_ways.create_task(self._pass_on(far_reader, writer))
        self._ends -= ends

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def cable_to(stack: LocalStack, gateway: int | None = None) -> AsyncIterator[Cable]:
    """Give a cable to the gateway of `stack`, or to the one that listens on port `gateway`."""
    cable = Cable(stack.ports["REALTIME"], gateway or stack.ports["REALTIME"])
    server = await asyncio.start_server(cable.carry, LOOPBACK, 0)
    cable.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield cable
        finally:
            # The server waits for its connections, and a page would keep its own.
            cable.pull_out()
            cable.unclog()


async def open_by_cable(pages: Pages, chat_id: int, cable: Cable) -> ChatPage:
    """Open a page of the chat whose socket goes through `cable`; wait until it is open."""
    chat = await load_by_cable(pages, chat_id, cable)
    await chat.is_connected()
    return chat


async def load_by_cable(
    pages: Pages, chat_id: int, cable: Cable, *, clock: bool = False
) -> ChatPage:
    """Load a page of the chat whose socket goes through `cable`, be that in or out.

    With `clock` its time can be moved on by the test.
    """
    # The page's policy names the gateway's own port.
    page = await pages.blank(bypass_csp=True)
    if clock:
        await page.clock.install()
    await page.add_init_script(BY_CABLE % (cable.named, cable.port))
    await page.goto(f"/chat/{chat_id}/message/list/")
    return ChatPage(page, chat_id)
