"""Decides whose turn it is: one answer of a chat at a time, each told what leads to it."""

from collections.abc import Sequence
from typing import Final

from services.shared.bus.messages import AnswerJob, TitleJob, Turn
from services.shared.bus.subjects import (
    AI_JOBS_SUBJECTS,
    chat_group,
    job_subject,
    title_job_subject,
)
from services.shared.markdown import without_data_images
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import Context, link_to_current, span
from services.web.chats.model import ChatKey
from services.web.db.outbox import (
    Publication,
    delete_publications,
    insert_publication,
    publish_streams,
)
from services.web.db.pool import Connection
from services.web.jobs.model import OpenTurn
from services.web.jobs.prompt import JOB_TURNS, turns_that_fit
from services.web.jobs.queries import find_opening, list_said, list_turns, promote_next, restart
from services.web.messages.model import Message
from services.web.messages.service import own_message
from services.web.messages.views import footer_stream
from services.web.rendering import Templates

log = get_logger("web.jobs")

TITLE_CHARS: Final = 2000
"""How much of the question, and of the answer, is enough to find a title."""


async def take_turn(db: Connection, chat: ChatKey) -> int | None:
    """Give the chat's turn to the first answer that waits; return its id, None where none may.

    The caller holds the chat, shows the answer in its new state, and then calls `publish_job`.
    """
    return await promote_next(db, chat)


async def publish_job(db: Connection, templates: Templates, chat: ChatKey, answer: Message) -> None:
    """Have an answer whose turn it is written, with URLs like those of `templates`."""
    said = await list_said(db, chat, before=answer.id, limit=JOB_TURNS + 1)
    turns = turns_that_fit(said)
    job = AnswerJob(
        message_id=answer.id,
        chat_id=chat.id,
        group=chat_group(chat.id),
        base_path=templates.base_path,
        run=answer.run,
        turns=turns,
        left_out=len(said) - len(turns),
        begun=answer.content,
        versions=answer.versions,
    )
    payload = job.model_dump_json().encode()
    await insert_publication(db, Publication(job_subject(answer.id), payload))


async def open_turns(db: Connection) -> list[OpenTurn]:
    """List the queued answers of all chats: what workers are to have jobs for."""
    return await list_turns(db)


async def publish_jobs_again(
    db: Connection, templates: Templates, turns: Sequence[OpenTurn]
) -> None:
    """Have these answers written, in the place of whatever jobs wait for publication."""
    await delete_publications(db, subjects=AI_JOBS_SUBJECTS.replace("*", "%"))
    for turn in turns:
        chat = ChatKey(turn.account_id, turn.chat_id)
        await publish_job(db, templates, chat, await own_message(db, chat, turn.message_id))


async def begin_next(db: Connection, templates: Templates, chat: ChatKey) -> None:
    """Have the next answer written, if one waits and none is being written, and show that.

    It has a trace of its own, linked to that of what ended before it: a chat in which somebody
    writes ahead would otherwise be one trace without end.
    """
    promoted = await take_turn(db, chat)
    if promoted is None:
        return
    told = {"natter.chat": chat.id, "natter.message": promoted}
    with span("next turn", attributes=told, context=Context(), links=link_to_current()):
        log.info("turn_taken", chat_id=chat.id, message_id=promoted)
        answer = await own_message(db, chat, promoted)
        await publish_streams(db, chat.id, await footer_stream(templates, answer))
        await publish_job(db, templates, chat, answer)


async def wait_again(db: Connection, chat: ChatKey, answer: Message) -> Message:
    """Have an answer wait for another run in its place, which goes on from the text it has."""
    await restart(db, chat, answer.id)
    return await own_message(db, chat, answer.id)


async def publish_title_job(db: Connection, chat: ChatKey, answer_id: int, text: str) -> None:
    """Have a title found for a chat in which an answer has ended with `text`."""
    opening = await find_opening(db, chat, before=answer_id)
    said = [Turn(role="assistant", content=without_data_images(text)[:TITLE_CHARS])]
    if opening is not None:
        said.insert(0, Turn(role="user", content=opening[:TITLE_CHARS]))
    job = TitleJob(chat_id=chat.id, turns=tuple(said))
    payload = job.model_dump_json().encode()
    await insert_publication(db, Publication(title_job_subject(chat.id), payload))
