"""Positions in the stream of publications, as pages and gateways pass them to each other."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, NewType, Self, override

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.bus.subjects import TURBO_STREAM, TURBO_STREAM_INFO_SUBJECT

INFO_SECONDS: Final = 2.0

Epoch = NewType("Epoch", str)
"""Which stream a sequence counts in: eight hex digits, others once the stream is made anew."""

_CURSOR: Final = re.compile(r"([0-9a-f]{8})\.(0|[1-9][0-9]{0,18})", re.ASCII)


class CursorError(ValueError):
    """A text that is no cursor."""


class StreamInfoError(Exception):
    """The server told nothing of the stream, or nothing that could be read."""


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
    """Which sequences the stream holds; nothing before the first, nothing yet after the last."""

    epoch: Epoch
    first_sequence: int
    last_sequence: int

    @property
    def is_empty(self) -> bool:
        """Whether the stream holds nothing; one that never did begins with 0."""
        return self.last_sequence < max(self.first_sequence, 1)

    @property
    def head(self) -> Cursor:
        """The place after everything stored so far."""
        return Cursor(self.epoch, self.last_sequence)


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)

    first_seq: int
    last_seq: int


class _StreamInfo(BaseModel):
    """The part of `STREAM.INFO`'s reply that matters (JetStream API, "Stream info")."""

    model_config = ConfigDict(frozen=True)

    created: str
    state: _State


async def read_bounds(client: Client, *, seconds: float = INFO_SECONDS) -> StreamBounds:
    """Ask the server what TURBO_STREAM holds.

    Raises `StreamInfoError` where there is no such stream or no right to ask, and what nats-py
    raises where there is no answer within `seconds`.
    """
    # Not by nats-py's `stream_info`: it reads the time into a type that drops digits.
    reply = await client.request(TURBO_STREAM_INFO_SUBJECT, b"", timeout=seconds)
    try:
        info = _StreamInfo.model_validate_json(reply.data)
    except ValidationError as error:
        raise StreamInfoError(reply.data[:200].decode(errors="replace")) from error
    epoch = epoch_of(TURBO_STREAM, info.created)
    return StreamBounds(epoch, info.state.first_seq, info.state.last_seq)


def epoch_of(stream: str, created: str) -> Epoch:
    """Name the stream `stream` made at `created`, which is as the server writes it."""
    return Epoch(hashlib.sha256(f"{stream} {created}".encode()).hexdigest()[:8])
