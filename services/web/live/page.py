"""Streams the page of a chat, up to the end of its last answer."""

from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Final

from starlette.requests import Request

from services.shared.pages.message_view import render_message
from services.web.csrf import csrf_field
from services.web.db.pool import connection
from services.web.errors import DatabaseAwayError, NotFoundError, NotSignedInError
from services.web.live.answer import AnswerStream, BrokenOffError
from services.web.live.reader import Reader
from services.web.live.watch import AnswerWatch
from services.web.messages.model import Message
from services.web.messages.page import conversation_page
from services.web.messages.queries import get_message, list_shown, list_unfinished
from services.web.messages.views import message_view
from services.web.state import State

PAGE: Final = "live/page.html"
PAGE_BREAK: Final = "live/_page_break.html"


async def first_unfinished(request: Request[State]) -> int | None:
    """Find the first answer that the chat shows and that has not ended; return its id."""
    chat = request.state["chat"].key
    async with connection(request.state["pool"]) as db:
        unfinished = await list_unfinished(db, chat)
        shown = set(await list_shown(db, chat)) if unfinished else set()
    return next((each for each in unfinished if each in shown), None)


async def page_parts(request: Request[State], first: int) -> AsyncIterator[str]:
    """Give the page in parts, with message `first` and those after it as they grow.

    Nothing of the account follows once the reader's session has ended.
    """
    reader = Reader(request)
    head, tail = await _around(request, first)
    yield head
    try:
        async for part in _messages(reader, first):
            yield part
        await reader.check()
        _, tail = await _around(request, first)
    except NotSignedInError:
        tail = ""
        yield _page_break(request)
    except (BrokenOffError, NotFoundError, DatabaseAwayError):
        yield _page_break(request)
    yield tail


def _page_break(request: Request[State]) -> str:
    return request.state["templates"].partial(PAGE_BREAK, chat_id=request.state["chat"].id)


async def _around(request: Request[State], first: int) -> tuple[str, str]:
    """Return the page before and after message `first`, without those after it."""
    gap = token_hex()
    page = await conversation_page(request, PAGE, growing=first, gap=gap)
    before, _, after = bytes(page.body).decode().partition(gap)
    return before, after


async def _messages(reader: Reader, first: int) -> AsyncIterator[str]:
    request = reader.request
    message_id: int | None = first
    while message_id is not None:
        await reader.look()
        async with connection(request.state["pool"]) as db:
            message = await get_message(db, request.state["chat"].key, message_id)
        async for part in _message(reader, message):
            yield part
        message_id = await _next(request, message_id)


async def _message(reader: Reader, message: Message) -> AsyncIterator[str]:
    request, state = reader.request, reader.request.state
    templates = state["templates"]
    if not message.is_unfinished:
        view = await message_view(templates.texts.of_a_page(), message)
        yield render_message(templates, view, csrf_field(request))
        return
    watch = AnswerWatch(state["pool"], state["bus"], reader, state["chat"].key, message)
    draining, field = state["draining"], csrf_field(request)
    answer = AnswerStream(templates, watch, lambda: draining.has_begun, field)
    async for part in answer.parts():
        yield part


async def _next(request: Request[State], message_id: int) -> int | None:
    """Return the message that the chat shows after this one.

    Raises `BrokenOffError` if it shows another version of this one by now.
    """
    async with connection(request.state["pool"]) as db:
        shown = await list_shown(db, request.state["chat"].key)
    if message_id not in shown:
        raise BrokenOffError
    return next((each for each in shown if each > message_id), None)
