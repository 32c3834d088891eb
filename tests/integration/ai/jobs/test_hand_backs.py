"""The notes of jobs that were handed back: anything but a count counts as 0."""

from services.ai.jobs.hand_backs import handed_back, note_hand_back
from services.ai.jobs.stored_jobs import stored_name
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER, hand_back_subject, job_subject

NOTES = {b"2": 2, b"": 0, b"-1": 0, b"two": 0, b"1" * 5000: 0}


async def test_a_note_is_a_count_or_nothing(web_bus: Bus, ai_bus: Bus) -> None:
    await web_bus.publish(job_subject(7), b"{}", "job")
    queue = await ai_bus.jetstream.pull_subscribe_bind(AI_JOBS_CONSUMER, stream=AI_JOBS)
    (first,) = await queue.fetch(1)
    await first.nak()
    (second,) = await queue.fetch(1)
    subject = hand_back_subject(AI_JOBS, stored_name(second))
    for number, (note, count) in enumerate(NOTES.items()):
        await ai_bus.publish(subject, note, f"note-{number}")
        assert await handed_back(ai_bus, second) == count, note
    await note_hand_back(ai_bus, second, 1)
    await note_hand_back(ai_bus, second, 2)
    assert await handed_back(ai_bus, second) == 1
