"""Positions in the stream of publications, as pages and gateways exchange them."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, NewType, Self, override

from nats.aio.client import Client

from services.shared.bus.stream_info import read_stream_info
from services.shared.bus.subjects import TURBO_STREAM

INFO_SECONDS: Final = 2.0

Epoch = NewType("Epoch", str)
"""The stream that a sequence counts in: eight hex digits, which change when it is made again."""

_CURSOR: Final = re.compile(r"([0-9a-f]{8})\.(0|[1-9][0-9]{0,18})", re.ASCII)


class CursorError(ValueError):
    """A text that is not a cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the stream: everything up to `sequence`, in the stream that `epoch` names."""

    epoch: Epoch
    sequence: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes, such as `0f3a99c1.42`, or raise `CursorError`."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise CursorError("a cursor is eight hex digits, a dot and a number")
        return cls(Epoch(found[1]), int(found[2]))

    @override
    def __str__(self) -> str:
        return f"{self.epoch}.{self.sequence}"


@dataclass(frozen=True, slots=True)
class StreamBounds:
    """The first and the last sequence that the stream holds."""

    epoch: Epoch
    first_sequence: int
    last_sequence: int

    @property
    def is_empty(self) -> bool:
        """Whether the stream holds nothing; one that never held anything begins with 0."""
        return self.last_sequence < max(self.first_sequence, 1)

    @property
    def head(self) -> Cursor:
        """The place after everything stored so far."""
        return Cursor(self.epoch, self.last_sequence)


async def read_bounds(client: Client, *, seconds: float = INFO_SECONDS) -> StreamBounds:
    """Ask the server what TURBO_STREAM holds; raise what `read_stream_info` raises."""
    info = await read_stream_info(client, seconds=seconds)
    epoch = epoch_of(TURBO_STREAM, info.created)
    return StreamBounds(epoch, info.state.first_seq, info.state.last_seq)


def epoch_of(stream: str, created: str) -> Epoch:
    """Name the stream `stream` that was made at `created`, as the server writes that time."""
    return Epoch(hashlib.sha256(f"{stream} {created}".encode()).hexdigest()[:8])
