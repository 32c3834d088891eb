"""`/chat/<id>/message/`: the conversation's page, and the form that adds to it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.shared.subjects import chat_group
from services.shared.turbo import MEDIA_TYPE
from services.web.accounts.guards import signed_in
from services.web.chats.guards import owns_chat
from services.web.chats.service import sidebar_chats
from services.web.db.pool import connection, transaction
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.forms import MessageForm
from services.web.messages.model import Draft, Exchange
from services.web.messages.service import conversation, send_message
from services.web.messages.views import FormView, exchange_streams, message_view
from services.web.routing import controller
from services.web.state import State


async def list_page(request: Request[State]) -> Response:
    """Show the whole conversation."""
    state = request.state
    async with connection(state["pool"]) as db:
        chats = await sidebar_chats(db, account_id=state["account"].id)
        messages = await conversation(db, account_id=state["account"].id, chat_id=state["chat"].id)
    return state["templates"].page(
        "chats/show.html",
        chat=state["chat"],
        chats=chats,
        messages=[message_view(message) for message in messages],
        form=FormView(),
        stream_url=_stream_url(request),
    )


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


def _stream_url(request: Request[State]) -> str:
    """Return where the chat's Turbo Streams are, as the browser reaches it."""
    scheme = "wss" if request.url.scheme == "https" else "ws"
    base = request.state["settings"].realtime_url or f"{scheme}://{request.url.netloc}"
    return f"{base}/ws/turbo_stream/{chat_group(request.state['chat'].id)}/"


messages = controller(
    "/chat/{chat_id:id}/message",
    guards=[signed_in, owns_chat],
    routes=[
        Route("/list/", list_page, methods=["GET"]),
        Route("/create/", form_page, methods=["GET"]),
        Route("/create/", create, methods=["POST"]),
    ],
)
