"""`/chat/<id>/message/`: the conversation's page, and the form that adds to it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.shared.bus.subjects import chat_group
from services.shared.pages.message_view import MessageView
from services.shared.pages.turbo import MEDIA_TYPE
from services.web.accounts.guards import signed_in
from services.web.chats.guards import owns_chat
from services.web.chats.model import ChatKey
from services.web.chats.service import sidebar_chats
from services.web.conversation.open_answers import OpenAnswers, read_open_answers
from services.web.conversation.service import send_message
from services.web.conversation.views import stream_source
from services.web.db.pool import connection, transaction
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.forms import FormView, MessageForm
from services.web.messages.model import Draft, Exchange, Message
from services.web.messages.service import path, queued_answers
from services.web.messages.views import exchange_streams, message_view
from services.web.routing import controller, see_other
from services.web.state import State


async def list_page(request: Request[State]) -> Response:
    """Show the whole conversation, and from where on its page listens."""
    state = request.state
    chat = ChatKey(state["account"].id, state["chat"].id)
    # Each before the next: what one does not show comes after it, or is in the next.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        unended = await queued_answers(db, chat)
    logged = await read_open_answers(state["bus"], unended)
    async with connection(state["pool"]) as db:
        chats = await sidebar_chats(db, account_id=chat.account_id)
        messages = await path(db, chat)
    since = logged.since(head, messages)
    token_url = state["templates"].url("/chat/{}/message/stream/", chat.id)
    return state["templates"].page(
        "chats/show.html",
        chat=state["chat"],
        chats=chats,
        messages=await _views(request, messages, logged),
        form=FormView(),
        source=stream_source(_gateway(request), chat.id, _token(request), token_url, since),
    )


async def stream_token(request: Request[State]) -> Response:
    """Return a fresh token for the chat's streams, and for how many seconds it is good."""
    seconds = request.state["settings"].stream_token_seconds
    body = {"token": _token(request), "expires": seconds}
    return JSONResponse(body, headers={"cache-control": "no-store"})


async def form_page(request: Request[State]) -> Response:
    """Show the form alone."""
    return await _form_page(request, FormView())


async def create(request: Request[State]) -> Response:
    """Send a message: 303 to the page, Turbo Streams to Turbo, 422 with what is wrong."""
    state = request.state
    fields = await read_fields(request)
    form = validate(MessageForm, fields, {"max_chars": state["settings"].message_max_chars})
    if isinstance(form, Invalid):
        view = FormView(content=fields.get("content", ""), errors=form.errors)
        return await _form_page(request, view, status=422)
    async with transaction(state["pool"]) as db:
        exchange = await send_message(
            db,
            state["templates"],
            ChatKey(state["account"].id, state["chat"].id),
            Draft(form.content, form.key),
        )
    state["relay"].wake()
    return await _sent(request, exchange)


async def _views(
    request: Request[State], messages: list[Message], logged: OpenAnswers
) -> list[MessageView]:
    texts = request.state["templates"].texts.of_a_page()
    return [await message_view(texts, message, logged.of(message)) for message in messages]


async def _sent(request: Request[State], exchange: Exchange) -> Response:
    state = request.state
    if MEDIA_TYPE not in request.headers.get("accept", ""):
        return see_other(request, "/chat/{}/message/list/", state["chat"].id)
    streams = await exchange_streams(state["templates"], exchange)
    return Response(streams, media_type=MEDIA_TYPE, headers={"vary": "accept"})


async def _form_page(request: Request[State], form: FormView, status: int = 200) -> Response:
    state = request.state
    async with connection(state["pool"]) as db:
        chats = await sidebar_chats(db, account_id=state["account"].id)
    return state["templates"].page(
        "messages/create.html", status, chat=state["chat"], chats=chats, form=form
    )


def _gateway(request: Request[State]) -> str:
    """Return the gateway's address as the browser reaches it; this server's own is its path."""
    settings = request.state["settings"]
    return settings.realtime_url or settings.base_path


def _token(request: Request[State]) -> str:
    """Mint a token for the chat that the guards have let through."""
    state = request.state
    group = chat_group(state["chat"].id)
    seconds = state["settings"].stream_token_seconds
    return state["stream_keys"].mint(str(state["account"].id), group, seconds=seconds)


conversation = controller(
    "/chat/{chat_id:id}/message",
    guards=[signed_in, owns_chat],
    routes=[
        Route("/list/", list_page, methods=["GET"]),
        Route("/stream/", stream_token, methods=["GET"]),
        Route("/create/", form_page, methods=["GET"]),
        Route("/create/", create, methods=["POST"]),
    ],
)
