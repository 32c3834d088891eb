"""The page of a chat: a part of the conversation, and links to what is older and newer."""

import dataclasses
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from services.shared.bus.position import Cursor
from services.shared.bus.subjects import chat_group
from services.shared.pages.message_view import MessageView
from services.web.chats.changes.seeing import see
from services.web.chats.model import ChatKey
from services.web.chats.sidebar import sidebar_page
from services.web.csrf import csrf_field
from services.web.db.pool import Connection, connection
from services.web.errors import NotFoundError
from services.web.messages.forms import new_form
from services.web.messages.model import Message
from services.web.messages.open_answers import OpenAnswers, read_open_answers
from services.web.messages.parts import Part, Wanted, part_of
from services.web.messages.queries import list_line, list_messages, list_queued, list_shown
from services.web.messages.views import message_view
from services.web.state import State
from services.web.streams.source import stream_source

FRAMES = frozenset({"older", "newer"})
"""Frames of the page, which load the parts before and after it."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A part of the conversation; pages with it listen from `since`."""

    part: Part
    messages: list[MessageView]
    around: int | None
    is_hidden: bool
    since: Cursor | None


async def list_page(request: Request[State]) -> Response:
    """Show the end of the conversation, or the part that is asked for.

    The page listens for what comes after it.
    """
    state = request.state
    frame = request.headers.get("turbo-frame")
    if frame not in FRAMES:
        return await conversation_page(request, "chats/show.html")
    shown = await _read(request)
    return state["templates"].page(
        "messages/part.html",
        csrf_field=csrf_field(request),
        frame=frame,
        chat=state["chat"],
        part=shown.part,
        messages=shown.messages,
    )


async def conversation_page(request: Request[State], template: str, **context: object) -> Response:
    """Render template `template`, which is or extends that of the chat's page."""
    state = request.state
    chat = state["chat"].key
    await see(state["pool"], state["relay"], state["templates"], chat)
    shown = await _read(request)
    token_url = state["templates"].url("/chat/{}/message/stream/", chat.id)
    return await sidebar_page(
        request,
        template,
        200,
        messages=shown.messages,
        part=shown.part,
        around=shown.around,
        is_hidden=shown.is_hidden,
        form=await new_form(request),
        source=stream_source(request, chat_group(chat.id), token_url, shown.since),
        **context,
    )


async def _read(request: Request[State]) -> _Shown:
    """Read the part of the conversation that the request asks for."""
    state = request.state
    wanted = Wanted.read(request.query_params)
    chat = state["chat"].key
    # The order matters: a change that one step is too early for is in a later step or a stream.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        unended = await list_queued(db, chat)
    logged = await read_open_answers(state["bus"], unended)
    async with connection(state["pool"]) as db:
        part, is_hidden = await _part(db, chat, wanted)
        messages = await list_messages(db, chat, part.ids)
    views = await _views(request, messages, logged)
    return _Shown(part, views, wanted.around, is_hidden, logged.since(head, messages))


async def _part(db: Connection, chat: ChatKey, wanted: Wanted) -> tuple[Part, bool]:
    """Choose the part to show, and whether the message that it is around is in no part.

    Then it is another version's, and the part is around the last message that both have.
    """
    shown = await list_shown(db, chat)
    is_hidden = wanted.around is not None and wanted.around not in shown
    if wanted.around is not None and is_hidden:
        line = await list_line(db, chat, wanted.around)
        if not line:
            raise NotFoundError
        common = set(line).intersection(shown)
        wanted = dataclasses.replace(wanted, around=max(common, default=line[0]))
    return part_of(shown, wanted), is_hidden


async def _views(
    request: Request[State], messages: list[Message], logged: OpenAnswers
) -> list[MessageView]:
    texts = request.state["templates"].texts.of_a_page()
    return [await message_view(texts, message, logged.of(message)) for message in messages]
