"""One client's socket: shakes hands, answers pings, and hands on where text frames are."""

import asyncio
from collections.abc import Callable
from typing import cast, override

from tests.load.loader.frames import pong, scan
from tests.load.loader.handshake import Offer, RefusedError, answer_end, request

type Texts = list[tuple[int, int]]
"""Where the payload of each text frame begins and ends in the bytes beside it."""
type Sink = Callable[[bytes, Texts], None]


class ClientSocket(asyncio.Protocol):
    """The client's end of a WebSocket. `opened` is done at the server's answer."""

    __slots__ = ("_offer", "_on_end", "_rest", "_sink", "_transport", "ended", "opened")

    def __init__(self, offer: Offer, sink: Sink, on_end: Callable[[], None]) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = False
        self._offer: Offer | None = offer
        self._sink = sink
        self._on_end = on_end
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._offer is not None:
            self._transport.write(request(self._offer))

    @override
    def data_received(self, data: bytes) -> None:
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._offer is not None:
            data = self._read_answer(data)
        if data and self._offer is None:
            self._read_frames(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(RefusedError("closed without an answer"))
        elif not self.ended:
            self._on_end()
        self.ended = True

    def close(self) -> None:
        """Leave without a word, as a browser whose tab is closed does at worst."""
        self.ended = True
        if self._transport is not None:
            self._transport.abort()

    def _read_answer(self, data: bytes) -> bytes:
        """Return what follows the answer; nothing while it is not all there."""
        try:
            end = answer_end(data)
        except RefusedError as refused:
            if not self.opened.done():
                self.opened.set_exception(refused)
            self.close()
            return b""
        if end is None:
            self._rest = data
            return b""
        self._offer = None
        if not self.opened.done():
            self.opened.set_result(None)
        return data[end:]

    def _read_frames(self, data: bytes) -> None:
        found = scan(data)
        if found.end < len(data):
            self._rest = data[found.end :]
        if found.texts:
            self._sink(data, found.texts)
        for payload in found.pings:
            if self._transport is not None:
                self._transport.write(pong(payload))
