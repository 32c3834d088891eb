"""Counts the deliveries of a job that draining workers handed back: no worker died over them.

The queue counts every delivery, however it ended. So a worker that drains first notes how many it
gives back. The note is kept for a day in the answers' logs, on a subject of the job's own: workers
may write there, and a worker of an older version ignores it.
"""

import asyncio
from contextlib import suppress
from typing import Final

from nats.aio.msg import Msg

from services.ai.jobs.stored_jobs import stored_name
from services.shared.bus.connection import Bus
from services.shared.bus.errors import PublishError
from services.shared.bus.stored_messages import StoredMessage, read_last
from services.shared.bus.subjects import AI_TEXT, hand_back_subject

# Less than the `ack_wait` of the queue: no progress is reported meanwhile.
NOTE_SECONDS: Final = 1.0
MOST_DIGITS: Final = 9


async def handed_back(bus: Bus, message: Msg) -> int:
    """Return how many deliveries of a job were handed back before this one.

    Raises `BusAwayError` where NATS does not answer.
    """
    if message.metadata.num_delivered == 1:
        return 0
    return _count(await read_last(bus, AI_TEXT, _subject(message)))


async def note_hand_back(bus: Bus, message: Msg, deliveries: int) -> None:
    """Note that `deliveries` more of a job are handed back.

    If that takes over a second they stay uncounted, and count as lost workers.
    """
    with suppress(PublishError, TimeoutError):
        async with asyncio.timeout(NOTE_SECONDS):
            subject = _subject(message)
            last = await read_last(bus, AI_TEXT, subject)
            count = str(_count(last) + deliveries).encode()
            message_id = f"{subject}-{message.metadata.num_delivered}"
            await bus.publish_after(last.sequence if last else 0, subject, count, message_id)


def _subject(message: Msg) -> str:
    return hand_back_subject(message.metadata.stream, stored_name(message))


def _count(note: StoredMessage | None) -> int:
    if note is None or not note.payload.isdigit() or len(note.payload) > MOST_DIGITS:
        return 0
    return int(note.payload)
