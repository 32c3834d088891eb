"""What templates and Turbo Streams are given of a message."""

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
from services.web.rendered_texts import PageTexts
from services.web.rendering import Templates


async def message_view(
    texts: PageTexts, message: Message, logged: LoggedAnswer | None = None
) -> MessageView:
    """Show a stored message: a person's as it was typed, an answer as rendered markdown.

    An answer that is being written is shown as far as `logged` tells, which is of the same run.
    """
    body, tail = await _text(texts, message)
    view = MessageView(
        chat_id=message.chat_id,
        id=message.id,
        role=message.role,
        status=message.status,
        body=body,
        tail=tail,
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
    """Add a message and its answer to the end of every open page of the chat."""
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
    """Show a message as it is stored now, in the place of what is there."""
    view = await message_view(templates.texts.of_a_page(), message)
    return replace(message_element(message.id), render_message(templates, view))


async def footer_stream(templates: Templates, message: Message) -> Markup:
    """Show the state in which a message is stored now, below the text that is there."""
    view = await message_view(templates.texts.of_a_page(), message)
    return replace(footer_element(message.id), render_footer(templates, view))


async def _growing_view(texts: PageTexts, view: MessageView, logged: LoggedAnswer) -> MessageView:
    """Show the text that is logged, so that the streams that follow go on from there."""
    body, tail = await texts.begun(message_element(view.id), logged.text)
    thoughts = await texts.begun(reasoning_element(view.id), logged.reasoning)
    # What was thought in an earlier run stays until this one thinks too.
    has_thought = bool(logged.reasoning)
    reasoning = (
        ReasoningView(*thoughts, logged.reasoning_seconds) if has_thought else view.reasoning
    )
    return dataclasses.replace(
        view,
        status="streaming",
        body=body,
        tail=tail,
        reasoning=reasoning,
        left_out=logged.left_out,
        restarted=logged.restarted,
    )


async def _text(texts: PageTexts, message: Message) -> tuple[Markup, Markup]:
    """Return the finished and the open HTML."""
    if not message.is_answer:
        return user_text(message.content), Markup()
    element = message_element(message.id)
    if message.is_unfinished:
        # As the worker that continues it has it, whose streams go on from there.
        return await texts.begun(element, message.content)
    return await texts.whole(element, message.content), Markup()


async def _reasoning(texts: PageTexts, message: Message) -> ReasoningView | None:
    if not message.reasoning:
        return None
    body = await texts.whole(reasoning_element(message.id), message.reasoning)
    return ReasoningView(body, seconds=message.reasoning_seconds or 0)
