"""`/chat/<id>/message/`: the conversation's page, and the form that adds to it."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.shared.position import Cursor
from services.shared.subjects import chat_group
from services.shared.turbo import MEDIA_TYPE
from services.web.accounts.guards import signed_in
from services.web.chats.guards import owns_chat
from services.web.chats.service import sidebar_chats
from services.web.db.pool import connection, transaction
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.forms import MessageForm
from services.web.messages.model import Draft, Exchange, Message
from services.web.messages.service import conversation, send_message
from services.web.messages.views import (
    FormView,
    exchange_streams,
    message_view,
    stream_source,
)
from services.web.routing import controller
from services.web.state import State


async def list_page(request: Request[State]) -> Response:
    """Show the whole conversation, and from where on its page listens."""
    state = request.state
    # Before the rows: what they do not show comes after it.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        chats = await sidebar_chats(db, account_id=state["account"].id)
        messages = await conversation(db, account_id=state["account"].id, chat_id=state["chat"].id)
    return state["templates"].page(
        "chats/show.html",
        chat=state["chat"],
        chats=chats,
        messages=[message_view(message) for message in messages],
        form=FormView(),
        source=stream_source(
            state["chat"].id,
            _gateway(request),
            _token(request),
            await _since(request, head, messages),
        ),
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
            Draft(form.content, form.key),
            account_id=state["account"].id,
            chat_id=state["chat"].id,
        )
    state["relay"].wake()
    return _sent(request, exchange)


def _sent(request: Request[State], exchange: Exchange) -> Response:
    chat = request.state["chat"]
    if MEDIA_TYPE not in request.headers.get("accept", ""):
        return RedirectResponse(f"/chat/{chat.id}/message/list/", status_code=303)
    streams = exchange_streams(request.state["templates"], chat.id, exchange)
    return Response(streams, media_type=MEDIA_TYPE, headers={"vary": "accept"})


async def _form_page(request: Request[State], form: FormView, status: int = 200) -> Response:
    state = request.state
    async with connection(state["pool"]) as db:
        chats = await sidebar_chats(db, account_id=state["account"].id)
    return state["templates"].page(
        "messages/create.html", status, chat=state["chat"], chats=chats, form=form
    )


def _gateway(request: Request[State]) -> str:
    """Return the gateway's address as the browser reaches it; this server's own is empty."""
    return request.state["settings"].realtime_url or ""


def _token(request: Request[State]) -> str:
    """Mint a token for the chat that the guards have let through."""
    state = request.state
    group = chat_group(state["chat"].id)
    seconds = state["settings"].stream_token_seconds
    return state["stream_keys"].mint(str(state["account"].id), group, seconds=seconds)


async def _since(
    request: Request[State], head: Cursor | None, messages: Sequence[Message]
) -> Cursor | None:
    """Return the place from which the page has everything that its rows do not show.

    An answer's text is in its row only once it has ended: a page opened in the middle of one
    listens from where it began.
    """
    begun = [message.created_at for message in messages if message.status == "queued"]
    if not begun:
        return head
    group = chat_group(request.state["chat"].id)
    return await request.state["stream_head"].reach_back(head, group, min(begun))


messages = controller(
    "/chat/{chat_id:id}/message",
    guards=[signed_in, owns_chat],
    routes=[
        Route("/list/", list_page, methods=["GET"]),
        Route("/stream/", stream_token, methods=["GET"]),
        Route("/create/", form_page, methods=["GET"]),
        Route("/create/", create, methods=["POST"]),
    ],
)
