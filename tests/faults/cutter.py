"""A TCP proxy that can cut its links, swallow what they carry, or hold it back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.faults.links import End, Filter, Link, Mode, Network


def _pass(data: bytes) -> bytes:
    return data


@dataclass(eq=False, slots=True)
class Cutter(Network):
    """Stands before the server at `host:port`; clients connect to `address`."""

    host: str = ""
    port: int = 0
    downstream: Callable[[], Filter] = lambda: _pass
    """Makes what the server's bytes go through, one for each link."""
    address: str = ""

    def leading_to(self, address: str) -> str:
        """Let new links lead to the server at `address`; return the address for clients."""
        host, port = address.rsplit(":", 1)
        self.host, self.port = host, int(port)
        return self.address

    def cut(self) -> None:
        """Reset every link, and every one that is tried until `restore`."""
        self.mode = Mode.CUT
        for link in tuple(self.links):
            link.abort()

    def swallow(self) -> None:
        """Let every byte vanish, both ways, and tell neither end; so it stays for these links."""
        self.mode = Mode.SWALLOWING
        for link in self.links:
            link.swallowing = True

    def hold(self) -> None:
        """Read nothing from either end, as a network does that lost its way."""
        self.mode = Mode.HOLDING
        for link in self.links:
            link.hold()

    def restore(self) -> None:
        """Let new links pass, and what was held."""
        self.mode = Mode.OPEN
        for link in self.links:
            link.release()


@asynccontextmanager
async def cutting(
    address: str, downstream: Callable[[], Filter] = lambda: _pass
) -> AsyncIterator[Cutter]:
    """Run a cutter before the server at `address`, on a free port of 127.0.0.1."""
    host, port = address.rsplit(":", 1)
    cutter = Cutter(host=host, port=int(port), downstream=downstream)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:

        def accept() -> End:
            link = Link(cutter, _pass, cutter.downstream())
            tasks.create_task(_reach(cutter, link))
            return link.client

        server = await loop.create_server(accept, "127.0.0.1", 0)
        cutter.address = "{}:{}".format(*server.sockets[0].getsockname())
        try:
            yield cutter
        finally:
            server.close()
            for link in tuple(cutter.links):
                link.abort()


async def _reach(cutter: Cutter, link: Link) -> None:
    """Connect a new link to the server, unless the network lets nothing through."""
    if cutter.mode in (Mode.CUT, Mode.SWALLOWING):
        return
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: link.server, cutter.host, cutter.port
        )
    except OSError:
        link.abort()
