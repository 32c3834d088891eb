"""Mends what asyncio does with a write to a connection that is lost and not yet closed.

The `writelines` of its sockets registers the descriptor for writing, which nobody takes back
(CPython issue 136234, in 3.12 and the first of 3.13): whoever is given that descriptor next is
never read from. So a bus that was killed in one test let a socket of another hang. The services run
on uvloop.
"""

import asyncio
import socket


def take_no_writes_once_gone() -> None:
    """Have sockets use the `writelines` of every other transport, which is a `write`."""
    kind = asyncio.run(_kind_of_sockets())
    kind.writelines = asyncio.WriteTransport.writelines  # type: ignore[method-assign]


async def _kind_of_sockets() -> type[asyncio.WriteTransport]:
    ours, theirs = socket.socketpair()
    with theirs:
        _, writer = await asyncio.open_connection(sock=ours)
        writer.close()
        await writer.wait_closed()
    return type(writer.transport)
