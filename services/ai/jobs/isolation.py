"""Moves a suspect, a job that may kill its workers, to a queue where it is done alone.

When a worker dies, all of its jobs are delivered once more, and nobody knows which of them killed
it. So the last deliveries of a job come from a second queue, of which each worker takes one job at
a time: there only the job to blame kills its worker.
"""

from typing import Final

from nats.aio.msg import Msg

from services.ai.jobs.attempt import DELIVERIES, RETRIED, Attempt
from services.ai.jobs.stored_jobs import store_job, stored_name
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import suspect_subject

ISOLATED_DELIVERIES: Final = 3


def needs_isolation(attempt: Attempt, max_deliveries: int) -> bool:
    """Return whether a job has used up its deliveries beside other jobs.

    There is at least one of these: after a single loss a job is taken over without delay.
    """
    beside_others = max(1, max_deliveries - ISOLATED_DELIVERIES)
    return not attempt.is_isolated and beside_others < attempt.number <= max_deliveries


async def isolate(bus: Bus, message: Msg, attempt: Attempt) -> None:
    """Store a delivered job in the suspects' queue, once; the caller acks it then.

    Does not parse the job: that may be what kills. Raises what `store_job` does.
    """
    remarks = {DELIVERIES: str(attempt.number - 1)}
    if attempt.is_retried:
        remarks[RETRIED] = "yes"
    subject = suspect_subject(message.subject, attempt.job)
    await store_job(bus, subject, message.data, f"suspect-{stored_name(message)}", remarks)
