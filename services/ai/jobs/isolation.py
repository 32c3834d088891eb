"""Keeps a job that kills its workers from having the jobs beside it counted as such, too.

Nobody can tell which of a dead worker's jobs has killed it: all of them are delivered once more.
The last deliveries of a job are therefore made in a queue of its own, of which each worker takes
one job at a time. Only the one that is really to blame goes on to lose its workers there.
"""

from typing import Final

from nats.aio.msg import Msg

from services.ai.attempt import DELIVERIES, TAKEN_UP, Attempt
from services.ai.jobs.stored_jobs import store_job, stored_name
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import suspect_subject

ISOLATED_DELIVERIES: Final = 3


def is_to_be_isolated(attempt: Attempt, max_deliveries: int) -> bool:
    """Tell whether a job has had all the deliveries that it gets beside any others.

    The first is always one of these, and whoever loses one worker is taken over at once.
    """
    beside_others = max(1, max_deliveries - ISOLATED_DELIVERIES)
    return not attempt.is_isolated and beside_others < attempt.number <= max_deliveries


async def isolate(bus: Bus, message: Msg, attempt: Attempt) -> None:
    """Put a job that was delivered into the other queue, once; the caller acks it then.

    It is not read: that may be what kills. Raises what `store_job` does.
    """
    remarks = {DELIVERIES: str(attempt.number - 1)}
    if attempt.is_taken_up:
        remarks[TAKEN_UP] = "yes"
    subject = suspect_subject(message.subject, attempt.job)
    await store_job(bus, subject, message.data, f"suspect-{stored_name(message)}", remarks)
