"""An endpoint process that sends one recorded answer, at once or chunk by chunk."""

import asyncio
import sys
from typing import Final, cast, override

import uvloop

from tests.load.answering import Answer, Order, answer_orders
from tests.load.answers.wire import STREAM_HEAD, content, ending, listing, take_request

PAUSE_SECONDS: Final = 0.001
"""Between two chunks that are to arrive with a read each."""

_TOGETHER: Final = 64


class _Recorded(asyncio.Protocol):
    """One connection; a path that begins with `/paced` gets its answer chunk by chunk."""

    def __init__(self, chunks: int, tasks: asyncio.TaskGroup) -> None:
        words = (f"word{number % 500} " for number in range(chunks))
        self._parts = [content(word) for word in words]
        self._end = ending(chunks)
        self._tasks = tasks
        self._received = b""
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none by their class.
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        taken = take_request(self._received)
        if taken is None or self._transport is None:
            return
        request, self._received = taken
        if request.body is None:
            self._transport.write(listing(request.path))
            return
        together = 1 if request.path.startswith("/paced") else _TOGETHER
        self._tasks.create_task(self._send(self._transport, together))

    async def _send(self, transport: asyncio.Transport, together: int) -> None:
        transport.write(STREAM_HEAD)
        for begin in range(0, len(self._parts), together):
            transport.write(b"".join(self._parts[begin : begin + together]))
            await asyncio.sleep(PAUSE_SECONDS)
        transport.write(self._end)


async def _main(chunks: int) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        server = await loop.create_server(lambda: _Recorded(chunks, tasks), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def carry_out(_order: Order) -> Answer:
            return {"port": port}

        await answer_orders(carry_out)
        server.close()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1])))
