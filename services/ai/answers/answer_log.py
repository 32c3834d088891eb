"""Writes the log in which an answer grows; every writer but the newest is fenced off."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from nats.js.api import Header

from services.ai.answers.coalescer import Batch
from services.shared.bus.connection import Bus
from services.shared.bus.errors import OvertakenError
from services.shared.bus.messages import AnswerLogEntry, AnswerResult
from services.shared.bus.stored_messages import read_last
from services.shared.bus.subjects import AI_TEXT, text_subject
from services.shared.text_buffer import TextBuffer

# An entry that holds everything is due after this many entries and an eighth more text, so that
# pages and successors have little to read.
ENTRIES_BETWEEN_WHOLE: Final = 256
SHARE: Final = 8
MOST_ENTRIES: Final = 2048
# Less than the `ack_wait` after which the queue gives the job to another worker.
DOUBT_SECONDS: Final = 1.0


class FencedError(Exception):
    """Another worker has the answer: this one may publish nothing more of it."""


@dataclass(slots=True)
class AnswerLog:
    """One attempt's access to the log of a message; `text` and `reasoning` are what it holds.

    `sequence` is the number of the log's last entry, 0 before the first. The server accepts an
    entry only directly after that one (`Nats-Expected-Last-Subject-Sequence`). All methods raise
    `FencedError` where another attempt has written, and `PublishError` where the bus is away.
    """

    bus: Bus
    message_id: int
    run: int
    job: int
    attempt: str
    sequence: int = 0
    text: TextBuffer = field(default_factory=TextBuffer)
    reasoning: TextBuffer = field(default_factory=TextBuffer)
    reasoning_seconds: float | None = None
    left_out: int = 0
    restarted: bool = False
    shown: int | None = None
    """The publication that brought pages up to here; None before this attempt's first."""
    result: AnswerResult | None = None
    """How the answer ended, without its texts; None while it grows."""
    _entries: int = field(default=0, init=False)
    _written_at: float = field(default=0.0, init=False)
    _since_whole: int = field(default=0, init=False)
    _whole_length: int = field(default=0, init=False)

    async def begin(self) -> None:
        """Take the log over: what this attempt starts from replaces all entries."""
        self.shown = None
        await self._write_whole()

    def restart(self, text: str) -> None:
        """Drop everything but this beginning; `begin` writes that down."""
        self.text = TextBuffer(text)
        self.reasoning, self.reasoning_seconds = TextBuffer(), None
        self.restarted = True

    async def grow(self, batch: Batch) -> None:
        """Append a piece."""
        if self._is_long():
            await self._write_whole()
        if batch.reasoning_seconds is not None:
            self.reasoning_seconds = batch.reasoning_seconds
        await self._append(self._piece(text=batch.text, reasoning=batch.reasoning))
        self.text.add(batch.text)
        self.reasoning.add(batch.reasoning)
        self._since_whole += 1

    async def recast(self, batch: Batch, *, kept: int, most: int) -> None:
        """Turn the text after its first `kept` characters into reasoning, and append `batch`.

        Reasoning is cut to `most` characters: the text may be far longer.
        """
        text = str(self.text)
        reasoning = str(self.reasoning) + text[kept:] + batch.reasoning
        self.reasoning = TextBuffer(reasoning[:most])
        self.text = TextBuffer(text[:kept] + batch.text)
        self.reasoning_seconds = batch.reasoning_seconds
        await self.begin()

    async def end(self, result: AnswerResult) -> None:
        """Append how the answer ended: a successor then only has to publish it."""
        self.result = result.model_copy(update={"text": "", "reasoning": ""})
        await self._append(self._piece())

    async def assure(self) -> None:
        """Do what `confirm` does if the last entry was written a while ago."""
        if asyncio.get_running_loop().time() - self._written_at > DOUBT_SECONDS:
            await self.confirm()

    async def confirm(self) -> None:
        """Raise `FencedError` if another attempt has taken over since the last entry.

        It writes an empty entry and does not read: a majority of the stream's replicas agrees to
        what is stored, while a read may be answered by a leader that was deposed.
        """
        await self._append(self._piece().model_copy(update={"shown": None}))

    async def _write_whole(self) -> None:
        entry = self._entry(
            whole=True,
            offset=0,
            text=str(self.text),
            reasoning_offset=0,
            reasoning=str(self.reasoning),
        )
        await self._append(entry)
        self._since_whole = 0
        self._whole_length = self._length

    def _is_long(self) -> bool:
        """Whether a whole entry is due.

        It waits until the answer has grown by an eighth, so that all entries together stay
        proportional to its length; at `MOST_ENTRIES` it waits no longer.
        """
        grown = self._length - self._whole_length
        is_due = self._since_whole >= ENTRIES_BETWEEN_WHOLE and grown * SHARE >= self._whole_length
        return is_due or self._since_whole >= MOST_ENTRIES

    @property
    def _length(self) -> int:
        return self.text.length + self.reasoning.length

    def _piece(self, **fields: Any) -> AnswerLogEntry:
        return self._entry(
            offset=self.text.length, reasoning_offset=self.reasoning.length, **fields
        )

    def _entry(self, **fields: Any) -> AnswerLogEntry:
        return AnswerLogEntry(
            run=self.run,
            job=self.job,
            reasoning_seconds=self.reasoning_seconds,
            left_out=self.left_out,
            restarted=self.restarted,
            shown=self.shown,
            result=self.result,
            **fields,
        )

    async def _append(self, entry: AnswerLogEntry) -> None:
        self._entries += 1
        self._written_at = asyncio.get_running_loop().time()
        message_id = f"text-{self.message_id}-{self.attempt}-{self._entries}"
        payload = entry.model_dump_json(exclude_defaults=True).encode()
        subject = text_subject(self.message_id)
        try:
            stored = await self.bus.publish_after(
                self.sequence, subject, payload, message_id, rollup=entry.whole
            )
        except OvertakenError as error:
            self.sequence = await self._find_own(subject, message_id, error)
        else:
            self.sequence = stored.seq

    async def _find_own(self, subject: str, message_id: str, error: OvertakenError) -> int:
        """Return the number of our entry if only its ack was lost; else raise `FencedError`."""
        last = await read_last(self.bus, AI_TEXT, subject)
        if last is None or last.headers.get(Header.MSG_ID.value) != message_id:
            raise FencedError(f"another worker writes message {self.message_id}") from error
        return last.sequence
