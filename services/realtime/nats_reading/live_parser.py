"""A short way through nats-py's parser for what a gateway reads most: messages with headers.

nats-py reads a message by regular expressions, makes a dictionary of its headers and an object of
it all: 13 microseconds and more, where a gateway needs two numbers and the payload. Everything else
goes the library's own way.

Reference: NATS client protocol, `HMSG <subject> <sid> [reply] <header bytes> <total bytes>`.
"""

from abc import ABC, abstractmethod
from typing import Final, override

from nats.aio.client import Client
from nats.protocol.parser import AWAITING_CONTROL_LINE, MAX_CONTROL_LINE_SIZE, Parser

from services.realtime.nats_reading.flush import Turn
from services.realtime.nats_reading.read_batching import Pace

OPENING: Final = b"HMSG "
NEWLINE: Final = b"\r\n"


class Inlet(ABC):
    """The base of what stands as a subscription's future and takes messages from the wire."""

    __slots__ = ()

    @abstractmethod
    def take_raw(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        """Take a message; must not raise, for that would end the reading of all others."""


class LiveParser(Parser):
    """The parser of one connection; what its reads bring is told at the end of each."""

    def __init__(self, client: Client, turn: Turn) -> None:
        super().__init__(client)
        self._turn = turn
        self._pace = Pace(client)

    @override
    async def parse(self, data: bytes = b"") -> None:
        self._turn.begin()
        try:
            await self._read(data)
        finally:
            has_told = self._turn.end()
        if has_told:
            await self._pace.rest(len(data))

    async def _read(self, data: bytes) -> None:
        if self.state == AWAITING_CONTROL_LINE:
            # What was cut off at the end of the last read, and never shown to the library.
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
        """Hand over the whole messages at the beginning of `data`; return where they end."""
        position, size = 0, len(data)
        while data.startswith(OPENING, position):
            line_end = data.find(NEWLINE, position)
            if line_end < 0:
                break
            fields = data[position + 5 : line_end].split(b" ")
            body = line_end + 2
            end = body + int(fields[-1])
            inlet = self._inlet(fields[1])
            if end + 2 > size or inlet is None:
                break
            split = body + int(fields[-2])
            inlet.take_raw(fields[0], data[body:split], data[split:end])
            position = end + 2
        return position

    def _is_cut_message(self, data: bytes) -> bool:
        """Tell whether `data` begins with a message that goes the short way once it is whole."""
        if not data.startswith(OPENING):
            return False
        line, newline, rest = data.partition(NEWLINE)
        if not newline:
            return len(data) < MAX_CONTROL_LINE_SIZE
        fields = line[5:].split(b" ")
        return self._inlet(fields[1]) is not None and len(rest) < int(fields[-1]) + 2

    def _inlet(self, number: bytes) -> Inlet | None:
        """Find whose the subscription of this number is, if it takes messages from the wire."""
        subscription = self.nc._subs.get(int(number))  # nats-py offers no other way
        inlet = subscription and subscription._future
        return inlet if isinstance(inlet, Inlet) else None


def _operation_end(data: bytes) -> int:
    """Return where the first operation in `data` ends; where `data` does, if that is cut off."""
    line_end = data.find(NEWLINE) + 2
    if line_end < 2:  # noqa: PLR2004 - there is no newline
        return len(data)
    if not data.startswith((OPENING, b"MSG ")):
        return line_end
    size = data[:line_end].split()[-1]
    return line_end + int(size) + 2 if size.isdigit() else len(data)


def read_by_the_short_way(client: Client, turn: Turn) -> None:
    """Let `client` read by a `LiveParser` from now on; between two reads."""
    parser = LiveParser(client, turn)
    parser.buf = client._ps.buf  # as above
    client._ps = parser
