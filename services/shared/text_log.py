"""The log in which an answer grows, as workers and pages that open meanwhile read it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.shared.bus import Bus
from services.shared.messages import AnswerResult, TextLogEntry
from services.shared.stored_messages import read_all
from services.shared.subjects import AI_TEXT, text_subject


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """A run of an answer as its log tells it, up to the entry with number `sequence` in `AI_TEXT`.

    Pages had the first `shown_length` characters of the text, and so many of the reasoning, with
    publication `shown` of `TURBO_STREAM`; where that is None, nothing is known of what they had.
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
        """Return the answer as the pages had it with publication `shown`; as it is, without one."""
        if self.shown is None:
            return self
        return replace(
            self,
            text=self.text[: self.shown_length],
            reasoning=self.reasoning[: self.shown_reasoning_length],
        )


async def read_text_log(bus: Bus, message_id: int) -> LoggedAnswer | None:
    """Read how far message `message_id` has grown; None where nobody has begun it.

    Raises `BusAwayError` where NATS does not answer, ValidationError for a log that is none.
    """
    stored = await read_all(bus, AI_TEXT, text_subject(message_id))
    answer = fold(
        (message.sequence, TextLogEntry.model_validate_json(message.payload)) for message in stored
    )
    return answer and replace(answer, written_at=stored[-1].stored_at)


def fold(entries: Iterable[tuple[int, TextLogEntry]]) -> LoggedAnswer | None:
    """Put the entries of a log together, oldest first, each with its number in the stream.

    A full stream drops its oldest: of a log that has lost its beginning only the end's number is
    told, so that the answer is written anew.
    """
    answer: LoggedAnswer | None = None
    for sequence, entry in entries:
        if answer is None or entry.whole:
            answer = LoggedAnswer(entry.run, entry.job, sequence)
        answer = (
            _extended(answer, sequence, entry)
            if _follows(answer, entry)
            else (LoggedAnswer(entry.run, entry.job, sequence))
        )
    return answer


def _follows(answer: LoggedAnswer, entry: TextLogEntry) -> bool:
    has_text = entry.offset <= len(answer.text)
    return has_text and entry.reasoning_offset <= len(answer.reasoning)


def _extended(answer: LoggedAnswer, sequence: int, entry: TextLogEntry) -> LoggedAnswer:
    text = answer.text[: entry.offset] + entry.text
    reasoning = answer.reasoning[: entry.reasoning_offset] + entry.reasoning
    extended = replace(
        answer,
        sequence=sequence,
        text=text,
        reasoning=reasoning,
        reasoning_seconds=entry.reasoning_seconds,
        left_out=entry.left_out,
        restarted=entry.restarted,
        result=entry.result,
    )
    if entry.shown is None:
        return extended
    return replace(
        extended,
        shown=entry.shown,
        shown_length=len(text) if entry.whole else entry.offset,
        shown_reasoning_length=len(reasoning) if entry.whole else entry.reasoning_offset,
    )
