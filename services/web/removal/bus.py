"""Removes from the bus what is stored there for chats."""

from collections.abc import Iterable
from typing import Final

from services.shared.bus.connection import Bus
from services.shared.bus.purging import purge_subjects
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_PARKED,
    AI_RESULTS,
    AI_STOPS,
    AI_SUSPECTS,
    AI_TEXT,
    TURBO_STREAM,
    Group,
    job_of_suspect,
    job_subject,
    parked_subject,
    result_subject,
    stop_key_subject,
    text_subject,
    title_job_subject,
    title_result_subject,
    turbo_stream_subject,
)

STREAMS: Final = (AI_JOBS, AI_SUSPECTS, AI_TEXT, AI_RESULTS, AI_PARKED, AI_STOPS, TURBO_STREAM)


async def purge_bus(bus: Bus, subjects: Iterable[str]) -> None:
    """Remove every stored message of these subjects."""
    meant = frozenset(subjects)
    for stream in STREAMS:
        await purge_subjects(
            bus.jetstream,
            stream,
            lambda subject: not meant.isdisjoint({subject, job_of_suspect(subject)}),
        )


def subjects_of_group(group: Group) -> list[str]:
    """List the subjects that hold what the pages of a group were sent."""
    return [turbo_stream_subject(group)]


def subjects_of_chat(chat_id: int, message_ids: Iterable[int]) -> list[str]:
    """List the subjects that hold the jobs, texts, results and stops of a chat."""
    title_job = title_job_subject(chat_id)
    subjects = [title_job, parked_subject(title_job), title_result_subject(chat_id)]
    for message_id in message_ids:
        job = job_subject(message_id)
        subjects += [job, parked_subject(job), text_subject(message_id)]
        subjects += [result_subject(message_id), stop_key_subject(message_id)]
    return subjects
