"""Answers take turns: workers write one answer of a chat at a time, and few of one account.

The oldest comes first. So however much one person asks, the queue has few jobs of that person, and
another one's question is behind those alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from markupsafe import Markup

from services.shared.bus.subjects import AI_JOBS_SUBJECTS, chat_group
from services.shared.pages.turbo import refresh
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import Context, link_to_current, span
from services.web.answers.jobs import publish_answer_job
from services.web.answers.model import AnswerContext, QueuedAnswer
from services.web.answers.queries import lock_turns, promote_next
from services.web.chats.listing.publishing import publish_activity
from services.web.chats.model import ChatKey
from services.web.db.outbox import delete_entries, publish_streams
from services.web.db.pool import Connection
from services.web.messages.model import Message
from services.web.messages.queries import get_message
from services.web.messages.views import footer_stream
from services.web.rendering.templates import Templates

log = get_logger("web.answers")


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that the caller has just asked for, and how pages show that."""

    answer_id: int
    show: Callable[[Message], Awaitable[Markup]]
    """Renders the answer as it is stored once its turn is decided."""
    also: Markup = field(default_factory=Markup)
    """Further streams that are published with it."""


async def take_turn(
    db: Connection, context: AnswerContext, chat: ChatKey, asked: Asked | None = None
) -> Markup:
    """Promote the chat's next answer if it is its turn, show that, and queue its job.

    No other function promotes an answer. The caller has locked the chat, and has either asked for
    an answer, which is shown even if it has to wait, or ended one. Pages get the streams before the
    worker gets the job, since its text needs an element on the page. Returns what `asked` shows.
    """
    templates, at_once = context.templates, context.limits.answers_at_once
    if at_once is not None:
        await lock_turns(db, account_id=chat.account_id)
    promoted = await promote_next(db, chat, at_once=at_once)
    if asked is not None:
        streams = await _begin(db, templates, chat, promoted, asked)
        await publish_activity(db, templates, chat)
        return streams
    if promoted is not None:
        # A new trace, linked to this one: a chat with answers ahead would be one endless trace.
        ids = {"natter.chat": chat.id, "natter.message": promoted}
        with span("next turn", attributes=ids, context=Context(), links=link_to_current()):
            log.info("turn_taken", chat_id=chat.id, message_id=promoted)
            shown = Asked(promoted, partial(footer_stream, templates))
            await _begin(db, templates, chat, promoted, shown)
    return Markup()


async def refresh_pages(_: Message) -> Markup:
    """Show an answer by a reload of the pages, because more than the answer has changed."""
    return refresh()


async def publish_jobs_again(
    db: Connection, templates: Templates, answers: Sequence[QueuedAnswer]
) -> None:
    """Queue jobs for these answers; they replace all jobs that wait in the outbox."""
    await delete_entries(db, subjects=AI_JOBS_SUBJECTS.replace("*", "%"))
    for each in answers:
        answer = await get_message(db, each.chat, each.message_id)
        await publish_answer_job(db, templates, each.chat, answer)


async def _begin(
    db: Connection, templates: Templates, chat: ChatKey, promoted: int | None, asked: Asked
) -> Markup:
    answer = await get_message(db, chat, asked.answer_id)
    streams = await asked.show(answer)
    await publish_streams(db, chat_group(chat.id), streams + asked.also)
    if promoted is not None:
        first = answer if promoted == answer.id else await get_message(db, chat, promoted)
        await publish_answer_job(db, templates, chat, first)
    return streams
