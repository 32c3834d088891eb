"""`/chat/<id>/message/`: the chat's page, its forms, and which version of a message it shows."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.bus.subjects import chat_group
from services.shared.pages.turbo import refresh
from services.web.db.pool import transaction
from services.web.messages.forms import COMPOSER, EDIT, FormView, form_page, new_form
from services.web.messages.menu import fork, markdown, menu
from services.web.messages.service import own_question, show_version
from services.web.prompts.asked import asked_prompt
from services.web.routing import is_turbo, see_other, streams_or_chat
from services.web.state import State
from services.web.streams.source import token_response


async def stream_token(request: Request[State]) -> Response:
    """Answer with a fresh token for the chat's streams."""
    return token_response(request, chat_group(request.state["chat"].id))


async def composer(request: Request[State]) -> Response:
    """Show the composer alone, with the text of prompt `?prompt=`."""
    form = await new_form(request, await asked_prompt(request))
    return await form_page(request, COMPOSER, form)


async def edit_form(request: Request[State]) -> Response:
    """Show the form that edits a message."""
    question = own_question(request.state["message"])
    return await form_page(request, EDIT, FormView(question.content), message=question)


async def show(request: Request[State]) -> Response:
    """Show this version of a message in the chat; a plain browser is led to it."""
    state = request.state
    chat, message = state["chat"].key, state["message"]
    async with transaction(state["pool"]) as db:
        await show_version(db, chat, message.id)
    state["relay"].wake()
    if is_turbo(request):
        return streams_or_chat(request, refresh())
    place = "/chat/{}/message/list/?around={}#message_{}"
    return see_other(request, place, chat.id, message.id, message.id)


routes_of_chat = [
    Route("/stream/", stream_token, methods=["GET"]),
    Route("/create/", composer, methods=["GET"]),
]
routes_of_message = [
    Route("/show/", show, methods=["POST"]),
    Route("/edit/", edit_form, methods=["GET"]),
    Route("/menu/", menu, methods=["GET"]),
    Route("/markdown/", markdown, methods=["GET"]),
    Route("/fork/", fork, methods=["POST"]),
]
