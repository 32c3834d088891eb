"""Reads an answer as it streams in: bytes, events, chunks, pieces."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, suppress
from typing import Final

import httpx2

from services.ai.provider.errors import EndpointError
from services.ai.provider.json_fields import count, members, parse
from services.ai.provider.refusals.faults import UNREADABLE, read_interruption
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.refusal_parser import (
    LONGEST_REFUSAL,
    read_refusal,
    unexpected_body,
)
from services.ai.provider.settings import Timeouts
from services.ai.provider.stream.bodies import (
    BLANK,
    is_completion,
    may_be_body,
    read_body,
    read_whole,
)
from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.pieces import NO_PIECE, Piece
from services.ai.provider.stream.server_sent_events import EventParser, ServerSentEvent

MOST_WITHOUT_A_PIECE: Final = 16_777_216
"""Bytes that may come between two pieces of the answer."""
DRAIN_SECONDS: Final = 0.05
"""How long the end of the body is waited for behind the answer, to keep the connection alive."""

_DONE: Final = b"[DONE]"
_LONGEST_DONE: Final = 16
"""Bytes of an event that consists of `[DONE]` and white space."""


class AnswerStream:
    """The pieces of one answer; any fault is raised as EndpointError, without its cause.

    A stream may end without a finish reason and without `[DONE]`: the caller decides by the last
    piece whether the answer is complete. A body may also be a whole completion. Bytes are read as
    soon as they come, since the client drops unread bytes where the connection breaks.
    """

    def __init__(
        self, response: httpx2.Response, reader: ChunkReader, timeouts: Timeouts, mask: Mask
    ) -> None:
        self._response = response
        self._reader = reader
        self._timeouts = timeouts
        self._mask = mask
        self._parser = EventParser()
        self._is_done = False
        self._has_events = False
        self._is_checked = False
        self._bytes_since_piece = 0
        self._without_events = bytearray()
        self._last_piece_at = asyncio.get_running_loop().time()

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Yield the pieces of the answer; chunks that add nothing are skipped."""
        fault: EndpointError | None = None
        try:
            async with aclosing(read_body(self._response, self._timeouts.idle)) as parts:
                async for data in parts:
                    if not self._is_checked and (body := await self._whole_body(data, parts)):
                        yield self._read_whole(body)
                        break
                    has_piece = False
                    for piece in self._read(self._parser.feed(data)):
                        has_piece = True
                        yield piece
                    self._watch(data, has_piece)
                    if self._is_done:
                        break
                usage = await self._drain(parts)
            for piece in (*self._finish(), *usage):
                yield piece
        except Exception as error:  # noqa: BLE001 - any error here is the endpoint's
            fault = read_interruption(error, self._mask)
        if fault is not None:
            raise fault

    def _read(self, events: Iterable[ServerSentEvent]) -> Iterator[Piece]:
        read = self._reader.read
        for event in events:
            if self._is_done:
                yield from _usage(event)
                continue
            if event.is_error:
                raise read_refusal(0, {}, event.data).as_error("ErrorEvent", self._mask)
            if len(event.data) <= _LONGEST_DONE and event.data.strip() == _DONE:
                self._is_done = True
                continue
            self._has_events = True
            try:
                piece = read(event.data)
            except ValueError:
                if b"\n" not in event.data:
                    raise
                # The empty lines between events have been lost.
                yield from self._read(map(ServerSentEvent, event.data.split(b"\n")))
                continue
            if piece is not NO_PIECE:
                yield piece

    def _read_whole(self, body: bytes) -> Piece:
        if not is_completion(body):
            raise unexpected_body(body, "NoStream", self._mask)
        self._is_done = True
        return self._reader.read(body)

    def _watch(self, data: bytes, has_piece: bool) -> None:
        now = asyncio.get_running_loop().time()
        if has_piece:
            self._bytes_since_piece, self._last_piece_at = 0, now
            return
        self._bytes_since_piece += len(data)
        if not self._has_events:
            self._without_events += data[: LONGEST_REFUSAL - len(self._without_events)]
        if now - self._last_piece_at > self._timeouts.silence:
            raise EndpointError("timeout", diagnosis="Silence")
        if self._bytes_since_piece > MOST_WITHOUT_A_PIECE:
            raise EndpointError("bad_response", diagnosis="NothingInManyBytes")

    async def _whole_body(self, data: bytes, parts: AsyncIterator[bytes]) -> bytes:
        """Read all of a body that is no stream of events; return b"" for a stream."""
        self._is_checked = bool(data.strip(BLANK))
        return await read_whole(data, parts) if may_be_body(data) else b""

    async def _drain(self, parts: AsyncIterator[bytes]) -> list[Piece]:
        """Read the bytes behind the end of the answer, and return the usage in them."""
        pieces: list[Piece] = []
        # A fault behind the end does not concern the answer.
        with suppress(Exception):
            async with asyncio.timeout(DRAIN_SECONDS):
                async for data in parts:
                    for event in self._parser.feed(data):
                        pieces += _usage(event)
        return pieces

    def _finish(self) -> Iterator[Piece]:
        if not self._is_done:
            # A line that was cut off is no fault of its own.
            with suppress(*UNREADABLE):
                yield from self._read(self._parser.finish())
        if not self._has_events and not self._is_done:
            raise unexpected_body(bytes(self._without_events), "NoEvents", self._mask)
        last = self._reader.finish(is_done=self._is_done)._replace(is_last=self._is_done)
        if last != NO_PIECE:
            yield last


def _usage(event: ServerSentEvent) -> Iterator[Piece]:
    """Read usage alone: anything else behind the end is no part of the answer."""
    with suppress(*UNREADABLE):
        usage = members(members(parse(event.data)).get("usage"))
        if usage:
            prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
            yield Piece(prompt_tokens=count(prompt), completion_tokens=count(completion))
