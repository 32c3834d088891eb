"""Builds the jobs for workers: to write an answer, or to find a title for a chat."""

from collections.abc import Iterable
from typing import Final

from services.shared.bus.messages import AnswerJob, TitleJob, Turn
from services.shared.bus.subjects import chat_group, job_subject, title_job_subject
from services.shared.markdown import without_data_images
from services.web.answers.model import EarlierText
from services.web.answers.queries import find_asked, find_opening, list_earlier_texts
from services.web.chats.model import ChatKey
from services.web.db.outbox import OutboxEntry, insert_entry
from services.web.db.pool import Connection
from services.web.messages.model import Message
from services.web.models.queries import find_options
from services.web.rendering.templates import Templates

# A job is one message of the bus (1 MB): these turns, and the answer that it continues.
JOB_TURNS_BYTES: Final = 800_000
JOB_TURNS: Final = 1000
TITLE_JOB_CHARS: Final = 2000
"""A title job has this much of the question, and of the answer."""


async def publish_answer_job(
    db: Connection, templates: Templates, chat: ChatKey, answer: Message
) -> None:
    """Publish the job of a queued answer; its URLs are below the base path of `templates`."""
    earlier = await list_earlier_texts(db, chat, before=answer.id, limit=JOB_TURNS + 1)
    options = await find_options(db, chat)
    turns = turns_that_fit(earlier, beside=options.system_prompt or "")
    job = AnswerJob(
        message_id=answer.id,
        chat_id=chat.id,
        group=chat_group(chat.id),
        base_path=templates.base_path,
        run=answer.run,
        turns=turns,
        left_out=len(earlier) - len(turns),
        begun=answer.content,
        versions=answer.versions,
        connection=answer.connection,
        model=answer.asked_model,
        system_prompt=options.system_prompt,
        temperature=options.temperature,
        top_p=options.top_p,
        max_tokens=options.max_tokens,
    )
    await _publish(db, job_subject(answer.id), job)


async def publish_title_job(db: Connection, chat: ChatKey, answer_id: int, text: str) -> None:
    """Publish the job for a chat's title; `text` is that of answer `answer_id`.

    The model of that answer finds it, unless ai is set up with one for titles.
    """
    opening = await find_opening(db, chat, before=answer_id)
    turns = [Turn(role="assistant", content=without_data_images(text)[:TITLE_JOB_CHARS])]
    if opening is not None:
        turns.insert(0, Turn(role="user", content=opening[:TITLE_JOB_CHARS]))
    asked = await find_asked(db, chat, answer_id)
    job = TitleJob(
        chat_id=chat.id, turns=tuple(turns), connection=asked.connection, model=asked.model
    )
    await _publish(db, title_job_subject(chat.id), job)


def turns_that_fit(newest_first: Iterable[EarlierText], *, beside: str = "") -> tuple[Turn, ...]:
    """Return turns in the order they were said; the newest is always among them.

    They leave room for the text `beside` them, and do not begin with an answer whose question was
    left out, which some endpoints refuse. An image in an answer becomes its alternative text.
    """
    turns: list[Turn] = []
    room = JOB_TURNS_BYTES - len(beside.encode())
    for text in newest_first:
        is_answer = text.role == "assistant"
        content = without_data_images(text.content) if is_answer else text.content
        turn = Turn(role=text.role, content=content)
        room -= len(turn.model_dump_json().encode())
        if turns and (room < 0 or len(turns) == JOB_TURNS):
            while len(turns) > 1 and turns[-1].role == "assistant":
                turns.pop()
            break
        turns.append(turn)
    return tuple(reversed(turns))


async def _publish(db: Connection, subject: str, job: AnswerJob | TitleJob) -> None:
    await insert_entry(db, OutboxEntry(subject, job.model_dump_json().encode()))
