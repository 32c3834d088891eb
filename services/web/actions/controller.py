"""`/chat/<id>/message/<id>/`: what is asked of a message that is there.

A plain browser is led back to the page. Turbo is sent Turbo Streams where the page's own socket
does not bring the change in its order: what a worker writes may already be on its way there.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.pages.turbo import MEDIA_TYPE, refresh
from services.web.accounts.guards import signed_in
from services.web.actions.service import Stops, continue_, retry
from services.web.chats.guards import owns_chat
from services.web.chats.model import ChatKey
from services.web.chats.service import sidebar_chats
from services.web.db.pool import connection, transaction
from services.web.errors import BusUnreachableError, NotNowError
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.forms import FormView, MessageForm
from services.web.messages.guards import owns_message
from services.web.messages.model import Draft, Message
from services.web.routing import controller, see_other
from services.web.state import State
from services.web.versions.service import edit, own_question, regenerate, show

type Action = Callable[[Request[State]], Awaitable[Response]]


def _unless_impossible(action: Action) -> Action:
    """Have what cannot be done shown: a sentence, or to Turbo the page as it is by now."""

    async def act(request: Request[State]) -> Response:
        try:
            return await action(request)
        except NotNowError:
            if not _is_turbo(request):
                raise
            return _streams(refresh())

    return act


@_unless_impossible
async def stop_answer(request: Request[State]) -> Response:
    """Stop an answer; one that has ended is left as it is."""
    state = request.state
    streams = await _stops(request).stop(_chat(request), state["message"])
    state["relay"].wake()
    return _streams(streams) if _is_turbo(request) else _to_page(request)


@_unless_impossible
async def retry_answer(request: Request[State]) -> Response:
    """Ask again for an answer that failed."""
    state = request.state
    async with transaction(state["pool"]) as db:
        await retry(db, state["templates"], _chat(request), state["message"].id)
    return _changed(request)


@_unless_impossible
async def continue_answer(request: Request[State]) -> Response:
    """Have an answer that ended too early go on."""
    state = request.state
    async with transaction(state["pool"]) as db:
        await continue_(db, state["templates"], _chat(request), state["message"].id)
    return _changed(request)


@_unless_impossible
async def regenerate_answer(request: Request[State]) -> Response:
    """Ask for another version of an answer."""
    state = request.state
    async with transaction(state["pool"]) as db:
        hidden = await regenerate(db, state["templates"], _chat(request), state["message"].id)
    await _stop_hidden(request, hidden)
    return _changed(request)


@_unless_impossible
async def show_version(request: Request[State]) -> Response:
    """Have the chat show this version of a message."""
    async with transaction(request.state["pool"]) as db:
        await show(db, _chat(request), request.state["message"].id)
    return _changed(request)


async def edit_page(request: Request[State]) -> Response:
    """Show the form that says a message anew."""
    question = own_question(request.state["message"])
    return await _edit_page(request, FormView(question.content))


@_unless_impossible
async def edit_message(request: Request[State]) -> Response:
    """Say a message anew: 422 with what is wrong."""
    state = request.state
    own_question(state["message"])
    fields = await read_fields(request)
    form = validate(MessageForm, fields, {"max_chars": state["settings"].message_max_chars})
    if isinstance(form, Invalid):
        view = FormView(fields.get("content", ""), form.errors)
        return await _edit_page(request, view, status=422)
    async with transaction(state["pool"]) as db:
        draft = Draft(form.content, form.key)
        hidden = await edit(db, state["templates"], _chat(request), state["message"].id, draft)
    await _stop_hidden(request, hidden)
    return _changed(request)


async def _stop_hidden(request: Request[State], hidden: list[Message]) -> None:
    """Let nothing that was said before hold up what is said in its place."""
    # The newest first: the end of one would only begin the next.
    for answer in reversed(hidden):
        with suppress(BusUnreachableError):  # it has been said, and its turn comes all the same
            await _stops(request).stop(_chat(request), answer)


def _stops(request: Request[State]) -> Stops:
    state = request.state
    return Stops(state["pool"], state["bus"], state["templates"])


async def _edit_page(request: Request[State], form: FormView, status: int = 200) -> Response:
    state = request.state
    async with connection(state["pool"]) as db:
        chats = await sidebar_chats(db, account_id=state["account"].id)
    return state["templates"].page(
        "messages/edit.html",
        status,
        chat=state["chat"],
        chats=chats,
        message=state["message"],
        form=form,
    )


def _changed(request: Request[State]) -> Response:
    request.state["relay"].wake()
    return _streams(refresh()) if _is_turbo(request) else _to_page(request)


def _chat(request: Request[State]) -> ChatKey:
    return ChatKey(request.state["account"].id, request.state["chat"].id)


def _is_turbo(request: Request[State]) -> bool:
    return MEDIA_TYPE in request.headers.get("accept", "")


def _streams(streams: Markup) -> Response:
    return Response(streams, media_type=MEDIA_TYPE, headers={"vary": "accept"})


def _to_page(request: Request[State]) -> Response:
    return see_other(request, "/chat/{}/message/list/", request.state["chat"].id)


actions = controller(
    "/chat/{chat_id:id}/message/{message_id:id}",
    guards=[signed_in, owns_chat, owns_message],
    routes=[
        Route("/stop/", stop_answer, methods=["POST"]),
        Route("/retry/", retry_answer, methods=["POST"]),
        Route("/continue/", continue_answer, methods=["POST"]),
        Route("/regenerate/", regenerate_answer, methods=["POST"]),
        Route("/show/", show_version, methods=["POST"]),
        Route("/edit/", edit_page, methods=["GET"]),
        Route("/edit/", edit_message, methods=["POST"]),
    ],
)
