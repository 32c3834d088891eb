"""Parks jobs that no worker can do (a dead-letter queue), for an operator to retry or drop."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import nats.js.errors
from nats.aio.msg import Msg

from services.ai.jobs.attempt import DELIVERIES, RETRIED, Attempt, earlier_deliveries
from services.ai.jobs.stored_jobs import store_job, stored_name
from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.stored_messages import StoredMessage, each_of, read_one
from services.shared.bus.subjects import (
    AI_JOBS_SUBJECTS,
    AI_PARKED,
    AI_PARKED_SUBJECTS,
    parked_subject,
)
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import span

REASON: Final = "Natter-Reason"
JOB_SUBJECT: Final = "Natter-Job-Subject"

LONGEST_REASON: Final = 200


class NotParkedError(LookupError):
    """No job is parked under this number."""


@dataclass(frozen=True, slots=True)
class ParkedJob:
    """A parked job: its number, the subject it came on, and why it was parked.

    `deliveries` is 0 where that is not known; `parked_at` is in ISO 8601.
    """

    sequence: int
    subject: str
    reason: str
    deliveries: int
    parked_at: str
    payload: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """As they were stored, with the context of the job's trace."""


async def park(bus: Bus, message: Msg, reason: str) -> None:
    """Store a job in `AI_PARKED`, once; the caller acks it then.

    Parking it again within a day does nothing. Raises what `store_job` does.
    """
    attempt = Attempt.of(message)
    remarks = {
        REASON: _on_one_line(reason),
        DELIVERIES: str(attempt.number),
        JOB_SUBJECT: message.subject,
    }
    subject = parked_subject(message.subject)
    await store_job(bus, subject, message.data, f"parked-{stored_name(message)}", remarks)


async def list_parked(bus: Bus) -> list[ParkedJob]:
    """Return the parked jobs, oldest first; raise `BusAwayError` where NATS does not answer."""
    return [_parked(job) async for job in each_of(bus, AI_PARKED, AI_PARKED_SUBJECTS)]


async def read_parked(bus: Bus, sequence: int) -> ParkedJob:
    """Return one parked job; raise `NotParkedError`, or `BusAwayError`."""
    found = await read_one(bus, AI_PARKED, sequence)
    if found is None:
        raise NotParkedError(sequence)
    return _parked(found)


async def retry(bus: Bus, sequence: int) -> None:
    """Publish a parked job again, as a new one, and remove it from the parked ones.

    It is idempotent: a second try after one that was cut short publishes the job once. Raises
    `NotParkedError` or `BusAwayError`.
    """
    job = await read_parked(bus, sequence)
    # The time distinguishes this number from the same one in a stream that was made anew.
    message_id = f"retry-{sequence}-{job.parked_at}"
    with span("take up again", context=message_context(job.headers)):
        await store_job(bus, job.subject, job.payload, message_id, {RETRIED: "yes"})
    with suppress(NotParkedError):
        await drop(bus, sequence)


async def drop(bus: Bus, sequence: int) -> None:
    """Delete a parked job; raise `NotParkedError`, or `BusAwayError`."""
    try:
        await bus.jetstream.delete_msg(AI_PARKED, sequence)
    except nats.js.errors.APIError as error:
        raise NotParkedError(sequence) from error
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError("the parked jobs cannot be changed") from error


def _on_one_line(reason: str) -> str:
    """Return `reason` as one line of printable ASCII, for a header and a terminal."""
    line = " ".join(reason[: 4 * LONGEST_REASON].split())[:LONGEST_REASON]
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in line)


def _parked(stored: StoredMessage) -> ParkedJob:
    headers = stored.headers
    # Not from the header: `retry` publishes on this subject.
    token = stored.subject.rpartition(".")[2]
    return ParkedJob(
        sequence=stored.sequence,
        subject=AI_JOBS_SUBJECTS.replace("*", token),
        reason=headers.get(REASON, "not said"),
        deliveries=earlier_deliveries(headers.get(DELIVERIES)),
        parked_at=stored.stored_at.isoformat(),
        payload=stored.payload,
        headers=headers,
    )
