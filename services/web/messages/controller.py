"""`/chat/<id>/message/`: the chat's page, its forms, and which version of a message it shows."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.bus.subjects import chat_group
from services.shared.pages.message_view import MessageView
from services.shared.pages.turbo import refresh
from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import connection, transaction
from services.web.messages.forms import COMPOSER, EDIT, FormView, form_page
from services.web.messages.model import Message
from services.web.messages.open_answers import OpenAnswers, read_open_answers
from services.web.messages.queries import list_path, list_queued
from services.web.messages.service import own_question, show_version
from services.web.messages.views import message_view
from services.web.routing import streams_or_chat
from services.web.state import State
from services.web.streams.source import stream_source, token_response


async def list_page(request: Request[State]) -> Response:
    """Show the whole conversation; the page listens for what comes after it."""
    return await conversation_page(request, "chats/show.html")


async def conversation_page(request: Request[State], template: str, **context: object) -> Response:
    """Render template `template`, which is or extends that of the chat's page."""
    state = request.state
    chat = state["chat"].key
    # The order matters: a change that one step is too early for is in a later step or a stream.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        unended = await list_queued(db, chat)
    logged = await read_open_answers(state["bus"], unended)
    async with connection(state["pool"]) as db:
        messages = await list_path(db, chat)
    since = logged.since(head, messages)
    token_url = state["templates"].url("/chat/{}/message/stream/", chat.id)
    return await sidebar_page(
        request,
        template,
        200,
        messages=await _views(request, messages, logged),
        form=FormView(),
        source=stream_source(request, chat_group(chat.id), token_url, since),
        **context,
    )


async def _views(
    request: Request[State], messages: list[Message], logged: OpenAnswers
) -> list[MessageView]:
    texts = request.state["templates"].texts.of_a_page()
    return [await message_view(texts, message, logged.of(message)) for message in messages]


async def stream_token(request: Request[State]) -> Response:
    """Answer with a fresh token for the chat's streams."""
    return token_response(request, chat_group(request.state["chat"].id))


async def composer(request: Request[State]) -> Response:
    """Show the composer alone."""
    return await form_page(request, COMPOSER, FormView())


async def edit_form(request: Request[State]) -> Response:
    """Show the form that edits a message."""
    question = own_question(request.state["message"])
    return await form_page(request, EDIT, FormView(question.content), message=question)


async def show(request: Request[State]) -> Response:
    """Show this version of a message in the chat."""
    state = request.state
    async with transaction(state["pool"]) as db:
        await show_version(db, state["chat"].key, state["message"].id)
    state["relay"].wake()
    return streams_or_chat(request, refresh())


routes_of_chat = [
    Route("/stream/", stream_token, methods=["GET"]),
    Route("/create/", composer, methods=["GET"]),
]
routes_of_message = [
    Route("/show/", show, methods=["POST"]),
    Route("/edit/", edit_form, methods=["GET"]),
]
