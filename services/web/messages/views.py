"""Turns stored messages into views for templates, and into Turbo Streams."""

import dataclasses

from markupsafe import Markup

from services.shared.bus.answer_log import LoggedAnswer
from services.shared.bus.messages import fits_a_job
from services.shared.pages.message_view import (
    MessageView,
    ReasoningView,
    footer_element,
    message_element,
    message_list_element,
    reasoning_element,
    render_footer,
    render_message,
    user_text,
)
from services.shared.pages.turbo import append, replace
from services.web.messages.model import Exchange, Message
from services.web.rendering.templates import Templates
from services.web.rendering.texts import PageTexts


async def message_view(
    texts: PageTexts, message: Message, logged: LoggedAnswer | None = None
) -> MessageView:
    """Show a stored message: a person's as it was typed, an answer as rendered markdown.

    A queued answer is shown as far as its log goes; `logged` is of the same run.
    """
    body, open_end = await _text(texts, message)
    view = MessageView(
        chat_id=message.chat_id,
        id=message.id,
        role=message.role,
        status=message.status,
        body=body,
        open_end=open_end,
        reasoning=await _reasoning(texts, message),
        error=message.error,
        details=message.endpoint_details,
        retry_at=message.retry_at,
        finish_reason=message.finish_reason,
        versions=message.versions,
        left_out=message.left_out,
        restarted=message.restarted,
        model=message.model,
        is_full=message.is_answer and not fits_a_job(message.content),
    )
    if logged is None or message.status != "queued":
        return view
    return await _growing_view(texts, view, logged)


async def exchange_streams(templates: Templates, exchange: Exchange) -> Markup:
    """Append a message and its answer to the chat."""
    texts = templates.texts.of_a_page()
    return Markup().join(
        [
            append(
                message_list_element(message.chat_id),
                render_message(templates, await message_view(texts, message)),
            )
            for message in (exchange.question, exchange.answer)
        ]
    )


async def message_stream(templates: Templates, message: Message) -> Markup:
    """Replace a message by what is stored now."""
    view = await message_view(templates.texts.of_a_page(), message)
    return replace(message_element(message.id), render_message(templates, view))


async def footer_stream(templates: Templates, message: Message) -> Markup:
    """Replace the state below a message by what is stored now; its text stays."""
    view = await message_view(templates.texts.of_a_page(), message)
    return replace(footer_element(message.id), render_footer(templates, view))


async def _growing_view(texts: PageTexts, view: MessageView, logged: LoggedAnswer) -> MessageView:
    """Show the logged text; the streams that follow continue it."""
    body, open_end = await texts.begun(message_element(view.id), logged.text)
    thoughts = await texts.begun(reasoning_element(view.id), logged.reasoning)
    # The reasoning of an earlier run stays until this run has its own.
    has_thought = bool(logged.reasoning)
    reasoning = (
        ReasoningView(*thoughts, logged.reasoning_seconds) if has_thought else view.reasoning
    )
    return dataclasses.replace(
        view,
        status="streaming",
        body=body,
        open_end=open_end,
        reasoning=reasoning,
        left_out=logged.left_out,
        restarted=logged.restarted,
    )


async def _text(texts: PageTexts, message: Message) -> tuple[Markup, Markup]:
    """Return the finished and the open HTML of a message's text."""
    if not message.is_answer:
        return user_text(message.content), Markup()
    element = message_element(message.id)
    if message.is_unfinished:
        # The worker that continues it begins with the same text, and its streams follow it.
        return await texts.begun(element, message.content)
    return await texts.whole(element, message.content), Markup()


async def _reasoning(texts: PageTexts, message: Message) -> ReasoningView | None:
    if not message.reasoning:
        return None
    body = await texts.whole(reasoning_element(message.id), message.reasoning)
    return ReasoningView(body, seconds=message.reasoning_seconds or 0)
