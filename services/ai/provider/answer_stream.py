"""Reads an answer as it streams in: bytes, events, chunks, pieces."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, suppress
from typing import Final

import httpx2

from services.ai.provider.bodies import LONGEST_REFUSAL, read_body
from services.ai.provider.chunks import NOTHING, ChunkReader, Piece
from services.ai.provider.errors import EndpointError
from services.ai.provider.faults import UNREADABLE, read_interruption
from services.ai.provider.refusals import read_refusal
from services.ai.provider.server_sent_events import Event, EventParser
from services.ai.provider.settings import Timeouts

MOST_WITHOUT_A_PIECE: Final = 16_777_216
"""Bytes that may come before the next that belong to the answer."""
DRAIN_SECONDS: Final = 0.05
"""How long the end of the body is awaited after that of the answer, to keep the connection."""

_DONE: Final = b"[DONE]"


class AnswerStream:
    """The pieces of one answer; any fault is raised as EndpointError, without its cause.

    A stream may end without a finish reason and without `[DONE]`: whether that was the end of the
    answer is for its reader to tell. Bytes are read as soon as they come: where the connection
    breaks, the client drops what still waits to be read.
    """

    def __init__(self, response: httpx2.Response, reader: ChunkReader, timeouts: Timeouts) -> None:
        self._response = response
        self._reader = reader
        self._timeouts = timeouts
        self._parser = EventParser()
        self._is_done = False
        self._has_events = False
        self._is_checked = False
        self._barren = 0
        self._fruitful_at = asyncio.get_running_loop().time()

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Yield what is in the answer; chunks that add nothing are passed over."""
        fault: EndpointError | None = None
        try:
            async with aclosing(read_body(self._response, self._timeouts.idle)) as parts:
                async for data in parts:
                    if not self._is_checked:
                        await self._check_start(data, parts)
                    is_fruitful = False
                    for piece in self._read(self._parser.feed(data)):
                        is_fruitful = True
                        yield piece
                    self._watch(len(data), is_fruitful)
                    if self._is_done:
                        break
                await self._drain(parts)
            for piece in self._finish():
                yield piece
        except Exception as error:  # noqa: BLE001 - whatever an endpoint does is its fault
            fault = read_interruption(error)
        if fault is not None:
            raise fault

    def _read(self, events: list[Event]) -> Iterator[Piece]:
        read = self._reader.read
        for event in events:
            if event.is_error:
                raise _told(event.data)
            if event.data.startswith(_DONE):
                self._is_done = True
                return
            self._has_events = True
            if (piece := read(event.data)) is not NOTHING:
                yield piece

    def _watch(self, size: int, is_fruitful: bool) -> None:
        now = asyncio.get_running_loop().time()
        if is_fruitful:
            self._barren, self._fruitful_at = 0, now
            return
        self._barren += size
        if now - self._fruitful_at > self._timeouts.silence:
            raise EndpointError("timeout", diagnosis="Silence")
        if self._barren > MOST_WITHOUT_A_PIECE:
            raise EndpointError("bad_response", diagnosis="NothingInManyBytes")

    async def _check_start(self, data: bytes, parts: AsyncIterator[bytes]) -> None:
        """Refuse a page, or an error sent with status 200: events do not begin with a bracket."""
        start = data.lstrip()
        self._is_checked = bool(start)
        if start.startswith((b"{", b"[", b"<")):
            body = bytearray(start)
            async for more in parts:
                body += more
                if len(body) >= LONGEST_REFUSAL:
                    break
            raise _told(bytes(body[:LONGEST_REFUSAL]))

    async def _drain(self, parts: AsyncIterator[bytes]) -> None:
        # Whatever is wrong behind the end is no fault of the answer.
        with suppress(Exception):
            async with asyncio.timeout(DRAIN_SECONDS):
                async for _ in parts:
                    pass

    def _finish(self) -> Iterator[Piece]:
        if not self._is_done:
            # A line that was cut off in its middle is no fault of its own.
            with suppress(*UNREADABLE):
                yield from self._read(self._parser.finish())
        if not self._has_events and not self._is_done:
            raise EndpointError("bad_response", diagnosis="NoEvents")
        last = self._reader.finish(is_done=self._is_done)
        if last != NOTHING:
            yield last


def _told(body: bytes) -> EndpointError:
    return read_refusal(0, {}, body).as_error("ErrorEvent")
