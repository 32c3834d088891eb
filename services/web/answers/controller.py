"""`/chat/<id>/message/`: sends messages, and asks again for answers or stops them.

A plain browser is redirected to the page. Turbo gets Turbo Streams where the page's own socket
cannot bring the change in its order, since streams of a worker may be on their way there already.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.pages.turbo import refresh
from services.web.answers import again, asking
from services.web.answers.stopping import stop_answer, stop_hidden
from services.web.db.pool import transaction
from services.web.errors import NoSuchModelError, NotNowError, TooManyRequestsError
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.forms import COMPOSER, EDIT, FormView, form_page, limit_page, read_draft
from services.web.messages.model import Message
from services.web.messages.service import own_question
from services.web.models.forms import ModelForm
from services.web.models.model import Choice
from services.web.routing import is_turbo, streams_or_chat
from services.web.state import State

type Handler = Callable[[Request[State]], Awaitable[Response]]


def _if_possible(handler: Handler) -> Handler:
    """Show why something is not possible: Turbo gets the page as it is by now."""

    async def handle(request: Request[State]) -> Response:
        try:
            return await handler(request)
        except NotNowError:
            if not is_turbo(request):
                raise
            return streams_or_chat(request, refresh())

    return handle


async def send(request: Request[State]) -> Response:
    """Send a message; 422 with what is wrong, 429 beyond a limit."""
    state = request.state
    draft = await read_draft(request)
    if isinstance(draft, FormView):
        return await form_page(request, COMPOSER, draft, 422)
    try:
        async with transaction(state["pool"]) as db:
            streams = await asking.send(db, state["answer_context"], state["chat"].key, draft)
    except TooManyRequestsError as error:
        return await limit_page(request, COMPOSER, error)
    state["relay"].wake()
    return streams_or_chat(request, streams)


@_if_possible
async def edit(request: Request[State]) -> Response:
    """Send a message's new version; 422 with what is wrong, 429 beyond a limit."""
    state = request.state
    question = own_question(state["message"])
    draft = await read_draft(request)
    if isinstance(draft, FormView):
        return await form_page(request, EDIT, draft, 422, message=question)
    context, chat = state["answer_context"], state["chat"].key
    try:
        async with transaction(state["pool"]) as db:
            hidden = await asking.edit(db, context, chat, question.id, draft)
    except TooManyRequestsError as error:
        return await limit_page(request, EDIT, error, message=question)
    return await _changed(request, hidden)


@_if_possible
async def retry(request: Request[State]) -> Response:
    """Ask again for an answer that failed."""
    state = request.state
    async with transaction(state["pool"]) as db:
        await again.retry(db, state["answer_context"], state["chat"].key, state["message"].id)
    return await _changed(request)


@_if_possible
async def continue_(request: Request[State]) -> Response:
    """Continue an answer that was cut off."""
    state = request.state
    async with transaction(state["pool"]) as db:
        await again.continue_(db, state["answer_context"], state["chat"].key, state["message"].id)
    return await _changed(request)


@_if_possible
async def regenerate(request: Request[State]) -> Response:
    """Ask for another version of an answer; the field `model` names who is asked for it."""
    state = request.state
    choice = await _choice(request)
    async with transaction(state["pool"]) as db:
        hidden = await again.regenerate(
            db, state["answer_context"], state["chat"].key, state["message"].id, choice
        )
    return await _changed(request, hidden)


async def stop(request: Request[State]) -> Response:
    """Stop an answer; nothing happens to one that has ended."""
    state = request.state
    streams = await stop_answer(
        state["pool"], state["bus"], state["answer_context"], state["chat"].key, state["message"]
    )
    state["relay"].wake()
    state["wake_dispatcher"]()
    return streams_or_chat(request, streams)


async def _choice(request: Request[State]) -> Choice | None:
    """Read the model that a form names; None without any. Raises `NoSuchModelError`."""
    if not await request.body():
        return None
    fields = await read_fields(request)
    form = validate(ModelForm, fields, {"catalogue": request.state["catalogue"]})
    if isinstance(form, Invalid):
        raise NoSuchModelError(" ".join(form.errors.values()))
    return form.model


async def _changed(request: Request[State], hidden: list[Message] | None = None) -> Response:
    """Stop the answers that are now hidden, and show the chat as it is."""
    state = request.state
    await stop_hidden(
        state["pool"], state["bus"], state["answer_context"], state["chat"].key, hidden or []
    )
    state["relay"].wake()
    state["wake_dispatcher"]()
    return streams_or_chat(request, refresh())


routes_of_chat = [Route("/create/", send, methods=["POST"])]
routes_of_message = [
    Route("/stop/", stop, methods=["POST"]),
    Route("/retry/", retry, methods=["POST"]),
    Route("/continue/", continue_, methods=["POST"]),
    Route("/regenerate/", regenerate, methods=["POST"]),
    Route("/edit/", edit, methods=["POST"]),
]
