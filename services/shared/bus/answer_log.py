"""The log of a growing answer, for workers that take over and for pages that open meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import override

from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerLogEntry, AnswerResult
from services.shared.bus.stored_messages import StoredMessage, each_of, read_all
from services.shared.bus.subjects import AI_TEXT, text_subject


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """A run of an answer as its log describes it, up to entry number `sequence` in `AI_TEXT`.

    With publication number `shown` of `TURBO_STREAM`, pages had the first `shown_length` characters
    of the text and `shown_reasoning_length` of the reasoning. None means that this is unknown.
    """

    run: int
    job: int
    sequence: int
    text: str = ""
    reasoning: str = ""
    reasoning_seconds: float | None = None
    left_out: int = 0
    restarted: bool = False
    shown: int | None = None
    shown_length: int = 0
    shown_reasoning_length: int = 0
    result: AnswerResult | None = None
    written_at: datetime | None = None
    """When the last entry was stored."""

    def as_shown(self) -> "LoggedAnswer":
        """Return the answer as pages had it with publication `shown`; unchanged if that is None."""
        if self.shown is None:
            return self
        return replace(
            self,
            text=self.text[: self.shown_length],
            reasoning=self.reasoning[: self.shown_reasoning_length],
        )


async def read_answer_log(bus: Bus, message_id: int) -> LoggedAnswer | None:
    """Read the log of message `message_id`; None if it has not begun.

    Raises `BusAwayError` if NATS does not answer, ValidationError for a malformed log.
    """
    stored = await read_all(bus, AI_TEXT, text_subject(message_id))
    answer = fold(
        (message.sequence, AnswerLogEntry.model_validate_json(message.payload))
        for message in stored
    )
    return answer and replace(answer, written_at=stored[-1].stored_at)


class AnswerLogReader:
    """Reads the log of message `message_id` again and again, each entry once."""

    def __init__(self, bus: Bus, message_id: int) -> None:
        self._bus = bus
        self._subject = text_subject(message_id)
        self._folding: _Folding | None = None
        self._last: StoredMessage | None = None

    async def read(self) -> LoggedAnswer | None:
        """Return the log as it is now, like `read_answer_log`, with the same errors."""
        for stored in await self._news():
            entry = AnswerLogEntry.model_validate_json(stored.payload)
            if self._folding is None or not self._folding.follows(entry):
                self._folding = _Folding()
            self._folding.take(stored.sequence, entry)
            self._last = stored
        if self._folding is None or self._last is None:
            return None
        return replace(self._folding.answer(), written_at=self._last.stored_at)

    async def _news(self) -> list[StoredMessage]:
        if self._last is None:
            return await read_all(self._bus, AI_TEXT, self._subject)
        after = self._last.sequence
        return [each async for each in each_of(self._bus, AI_TEXT, self._subject, after=after)]


def fold(entries: Iterable[tuple[int, AnswerLogEntry]]) -> LoggedAnswer | None:
    """Join the entries of a log, oldest first, each with its number in the stream.

    Takes linear time. A full stream drops its oldest messages: a log without its beginning gives an
    empty answer with the last entry's number, so that the answer is written again.
    """
    folding: _Folding | None = None
    for sequence, entry in entries:
        if folding is None or not folding.follows(entry):
            folding = _Folding()
        folding.take(sequence, entry)
    return folding.answer() if folding else None


@dataclass(slots=True)
class _Pieces:
    """A text in pieces; a piece may also replace what follows an earlier place."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0

    def write(self, offset: int, piece: str) -> None:
        if offset < self.length:
            self.pieces = [str(self)[:offset]]
        self.pieces.append(piece)
        self.length = min(offset, self.length) + len(piece)

    @override
    def __str__(self) -> str:
        return "".join(self.pieces)


@dataclass(slots=True)
class _Folding:
    """The entries of a log so far, from the last whole one on."""

    last: tuple[int, AnswerLogEntry] | None = None
    text: _Pieces = field(default_factory=_Pieces)
    reasoning: _Pieces = field(default_factory=_Pieces)
    shown: tuple[int | None, int, int] = (None, 0, 0)

    def follows(self, entry: AnswerLogEntry) -> bool:
        """Return whether an entry continues these, and does not start again."""
        has_text = entry.offset <= self.text.length
        return not entry.whole and has_text and entry.reasoning_offset <= self.reasoning.length

    def take(self, sequence: int, entry: AnswerLogEntry) -> None:
        """Add an entry; only its numbers if the log's beginning is lost."""
        if self.last is None and not entry.whole and (entry.offset or entry.reasoning_offset):
            entry = AnswerLogEntry(run=entry.run, job=entry.job, offset=0, reasoning_offset=0)
        self.last = (sequence, entry)
        before = (entry.offset, entry.reasoning_offset)
        self.text.write(entry.offset, entry.text)
        self.reasoning.write(entry.reasoning_offset, entry.reasoning)
        if entry.shown is not None:
            had = (self.text.length, self.reasoning.length) if entry.whole else before
            self.shown = (entry.shown, *had)

    def answer(self) -> LoggedAnswer:
        """Return the joined answer."""
        if self.last is None:
            raise ValueError("nothing was taken")
        (sequence, entry), (shown, length, reasoning_length) = self.last, self.shown
        return LoggedAnswer(
            run=entry.run,
            job=entry.job,
            sequence=sequence,
            text=str(self.text),
            reasoning=str(self.reasoning),
            reasoning_seconds=entry.reasoning_seconds,
            left_out=entry.left_out,
            restarted=entry.restarted,
            shown=shown,
            shown_length=length,
            shown_reasoning_length=reasoning_length,
            result=entry.result,
        )
