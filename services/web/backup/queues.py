"""Makes the queues say what the database says: every queued answer has its job, and nothing else.

The bus and the database are never backed up at the same instant, and the bus can be lost alone.
Between the two an answer may have been asked for, retried or recorded.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import nats.js.errors
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.stored_messages import each_of
from services.shared.bus.subjects import AI_JOBS, AI_RESULTS, AI_SUSPECTS
from services.web.db.pool import Pool, transaction
from services.web.jobs.service import open_turns, publish_jobs_again
from services.web.rendering import Templates

type Turn = tuple[int, int]
"""An answer's id and run."""


@dataclass(frozen=True, slots=True)
class Requeued:
    """How many jobs were left as they were, thrown away, and published anew."""

    kept: int
    dropped: int
    published: int


class _About(BaseModel):
    """What a job and a result have in common: a title's is of no answer."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    kind: str
    message_id: int = 0
    run: int = 0


async def requeue(pool: Pool, bus: Bus, templates: Templates) -> Requeued:
    """Bring the queues in line with the database, while neither web nor ai runs.

    An answer goes on from its job where the queue has the one of its run; else it gets a new job
    and begins anew. Raises `BusAwayError`, `DatabaseAwayError`.
    """
    async with transaction(pool) as db:
        turns = {(turn.message_id, turn.run): turn for turn in await open_turns(db)}
        kept, dropped = await _prune(bus, set(turns))
        ended = {about async for _, about in _read(bus, AI_RESULTS) if about in turns}
        missing = [turn for key, turn in turns.items() if key not in kept | ended]
        await publish_jobs_again(db, templates, missing)
    return Requeued(len(kept), dropped, len(missing))


async def _prune(bus: Bus, turns: set[Turn]) -> tuple[set[Turn], int]:
    """Throw away the jobs of answers that have ended; return which others there are."""
    kept: set[Turn] = set()
    dropped = 0
    for stream in (AI_JOBS, AI_SUSPECTS):
        async for sequence, about in _read(bus, stream):
            if about is None or about in turns:
                kept |= {about} if about else set()
            else:
                await _delete(bus, stream, sequence)
                dropped += 1
    return kept, dropped


async def _read(bus: Bus, stream: str) -> AsyncIterator[tuple[int, Turn | None]]:
    """Read of each message its number, and which turn it is of; None where it is of none."""
    async for message in each_of(bus, stream, ">"):
        yield message.sequence, _turn(message.payload)


def _turn(payload: bytes) -> Turn | None:
    try:
        about = _About.model_validate_json(payload)
    except ValidationError:
        return None  # a worker parks what it cannot read
    return (about.message_id, about.run) if about.kind == "answer" else None


async def _delete(bus: Bus, stream: str, sequence: int) -> None:
    try:
        await bus.jetstream.delete_msg(stream, sequence)
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError(f"{stream} cannot be changed") from error
