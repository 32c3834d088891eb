"""A fast path through nats-py's parser for messages with headers, which a gateway reads most.

nats-py reads a message by regular expressions, makes a dictionary of its headers and an object of
it all: 13 microseconds and more, where a gateway needs two numbers and the payload. The library
parses everything else.

Reference: NATS client protocol, `HMSG <subject> <sid> [reply] <header bytes> <total bytes>`.
"""

from abc import ABC, abstractmethod
from functools import partial
from typing import Final, override

from nats.aio.client import Client
from nats.protocol.parser import AWAITING_CONTROL_LINE, MAX_CONTROL_LINE_SIZE, Parser

from services.realtime.nats_reading.flush_queue import FlushQueue
from services.realtime.nats_reading.read_batching import ReadBatching, transport_of

OPENING: Final = b"HMSG "
NEWLINE: Final = b"\r\n"


class MessageSink(ABC):
    """Stands as a subscription's future, and takes messages from the wire."""

    __slots__ = ()

    @abstractmethod
    def receive_raw(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        """Take a message; must not raise, for that would end the reading of all others."""


class FastParser(Parser):
    """The parser of one connection; it flushes at the end of each read."""

    def __init__(self, client: Client, flushes: FlushQueue) -> None:
        super().__init__(client)
        self._flushes = flushes
        self._batching = ReadBatching(partial(transport_of, client))

    @override
    async def parse(self, data: bytes = b"") -> None:
        self._flushes.begin_read()
        try:
            await self._read(data)
        finally:
            has_flushed = self._flushes.run()
        if has_flushed:
            await self._batching.pause(len(data))

    async def _read(self, data: bytes) -> None:
        if self.state == AWAITING_CONTROL_LINE:
            # The message that the last read cut off, which the library has not seen.
            data = bytes(self.buf) + data
            self.buf.clear()
        while data and self.state == AWAITING_CONTROL_LINE:
            data = data[self._take_messages(data) :]
            if not data or self._is_cut_message(data):
                self.buf.extend(data)
                return
            end = _operation_end(data)
            await super().parse(data[:end])
            data = data[end:]
        if data:
            await super().parse(data)

    def _take_messages(self, data: bytes) -> int:
        """Pass on the whole messages at the beginning of `data`; return where they end."""
        position, size = 0, len(data)
        while data.startswith(OPENING, position):
            line_end = data.find(NEWLINE, position)
            if line_end < 0:
                break
            fields = data[position + 5 : line_end].split(b" ")
            body = line_end + 2
            end = body + int(fields[-1])
            sink = self._sink(fields[1])
            if end + 2 > size or sink is None:
                break
            split = body + int(fields[-2])
            sink.receive_raw(fields[0], data[body:split], data[split:end])
            position = end + 2
        return position

    def _is_cut_message(self, data: bytes) -> bool:
        """Return whether `data` begins a message that takes the fast path once it is whole."""
        if not data.startswith(OPENING):
            return False
        line, newline, rest = data.partition(NEWLINE)
        if not newline:
            return len(data) < MAX_CONTROL_LINE_SIZE
        fields = line[5:].split(b" ")
        return self._sink(fields[1]) is not None and len(rest) < int(fields[-1]) + 2

    def _sink(self, number: bytes) -> MessageSink | None:
        """Return the sink of the subscription of this number, if it has one."""
        subscription = self.nc._subs.get(int(number))  # nats-py offers no other way
        sink = subscription and subscription._future
        return sink if isinstance(sink, MessageSink) else None


def _operation_end(data: bytes) -> int:
    """Return where the first operation in `data` ends, or the end of `data` if that is cut off."""
    line_end = data.find(NEWLINE) + 2
    if line_end < 2:  # noqa: PLR2004 - there is no newline
        return len(data)
    if not data.startswith((OPENING, b"MSG ")):
        return line_end
    size = data[:line_end].split()[-1]
    return line_end + int(size) + 2 if size.isdigit() else len(data)


def install_fast_parser(client: Client, flushes: FlushQueue) -> None:
    """Have `client` read by a `FastParser` from now on; to be called between two reads."""
    parser = FastParser(client, flushes)
    parser.buf = client._ps.buf  # as above
    client._ps = parser
