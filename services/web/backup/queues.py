"""Aligns the queues with the database: every queued answer has its job, and no other job is left.

The bus and the database are not backed up at the same instant, and the bus can be lost alone. In
between, an answer may have been asked for, retried or recorded.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import nats.js.errors
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.stored_messages import each_of
from services.shared.bus.subjects import AI_JOBS, AI_RESULTS, AI_SUSPECTS
from services.web.answers.queries import list_queued_answers
from services.web.answers.turns import publish_jobs_again
from services.web.db.pool import Pool, transaction
from services.web.rendering.templates import Templates

type Run = tuple[int, int]
"""An answer's id, and the number of its run."""


@dataclass(frozen=True, slots=True)
class Requeued:
    """How many jobs were kept, dropped and published anew."""

    kept: int
    dropped: int
    published: int


class _Subject(BaseModel):
    """The common fields of jobs and results; those of titles name no answer."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    kind: str
    message_id: int = 0
    run: int = 0


async def align_queues(pool: Pool, bus: Bus, templates: Templates) -> Requeued:
    """Align the queues with the database, while neither web nor ai runs.

    If a queue has the job of an answer's run, the answer continues from it; else it gets a new job
    and begins anew. Raises `BusAwayError`, `DatabaseAwayError`.
    """
    async with transaction(pool) as db:
        queued = {(each.message_id, each.run): each for each in await list_queued_answers(db)}
        kept, dropped = await _prune(bus, set(queued))
        ended = {run async for _, run in _read(bus, AI_RESULTS) if run in queued}
        missing = [answer for run, answer in queued.items() if run not in kept | ended]
        await publish_jobs_again(db, templates, missing)
    return Requeued(len(kept), dropped, len(missing))


async def _prune(bus: Bus, queued: set[Run]) -> tuple[set[Run], int]:
    """Drop the jobs of answers that are not queued; return the kept runs and how many dropped."""
    kept: set[Run] = set()
    dropped = 0
    for stream in (AI_JOBS, AI_SUSPECTS):
        async for sequence, run in _read(bus, stream):
            if run is None or run in queued:
                kept |= {run} if run else set()
            else:
                await _delete(bus, stream, sequence)
                dropped += 1
    return kept, dropped


async def _read(bus: Bus, stream: str) -> AsyncIterator[tuple[int, Run | None]]:
    """Read each message's sequence number, and the run it belongs to; None if to none."""
    async for message in each_of(bus, stream, ">"):
        yield message.sequence, _run_in(message.payload)


def _run_in(payload: bytes) -> Run | None:
    try:
        about = _Subject.model_validate_json(payload)
    except ValidationError:
        return None  # a worker parks what it cannot read
    return (about.message_id, about.run) if about.kind == "answer" else None


async def _delete(bus: Bus, stream: str, sequence: int) -> None:
    try:
        await bus.jetstream.delete_msg(stream, sequence)
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError(f"{stream} cannot be changed") from error
