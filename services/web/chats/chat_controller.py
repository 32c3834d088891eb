"""`/chat/<id>/`: the chat's menu, and what can be done with the chat as a whole.

A plain browser is redirected to a page. Turbo gets what closes the form that it sent; the change
itself comes over the account's stream, like that of any other tab.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.pages.turbo import remove, update
from services.web.chats.changes import service
from services.web.chats.changes.seeing import see
from services.web.chats.forms import TitleForm
from services.web.chats.listing.queries import find_listed
from services.web.chats.listing.views import title_stream
from services.web.chats.model import UNTITLED, ChatKey
from services.web.chats.sidebar import sidebar_page
from services.web.chats.titles import heading_streams
from services.web.db.pool import Connection, connection, transaction
from services.web.forms import Invalid, read_fields, validate
from services.web.rendering.templates import Templates
from services.web.routing import is_turbo, parse_id, see_other, streams, streams_or_chat
from services.web.state import State

MENU: Final = "menu-frame"
MOST_ALSO: Final = 50

type Change = Callable[[Connection, Templates, ChatKey], Awaitable[None]]


async def menu(request: Request[State]) -> Response:
    """Show what can be done with the chat."""
    state = request.state
    async with connection(state["pool"]) as db:
        listed = await find_listed(db, state["chat"].key)
    return await sidebar_page(request, "chats/menu.html", is_listed=listed is not None)


async def rename_form(request: Request[State]) -> Response:
    """Show the form that renames the chat."""
    return await _rename_page(request, request.state["chat"].title or "")


async def rename(request: Request[State]) -> Response:
    """Rename the chat; an empty title gives it its own again; 422 with what is wrong."""
    state = request.state
    chat = state["chat"]
    fields = await read_fields(request)
    form = validate(TitleForm, fields, {})
    if isinstance(form, Invalid):
        return await _rename_page(request, fields.get("title", ""), form.errors, 422)
    shown = chat.title or UNTITLED
    if form.title != chat.title:
        async with transaction(state["pool"]) as db:
            shown = await service.rename(db, chat.key, form.title or None)
        state["relay"].wake()
    closed = update(_frame(request), Markup())
    return streams_or_chat(
        request, closed + title_stream(chat.id, shown) + heading_streams(chat.id, shown)
    )


async def pin(request: Request[State]) -> Response:
    """Pin the chat."""
    return await _change(request, service.pin)


async def unpin(request: Request[State]) -> Response:
    """Unpin the chat."""
    return await _change(request, service.unpin)


async def archive(request: Request[State]) -> Response:
    """Archive the chat."""
    return await _change(request, service.archive)


async def unarchive(request: Request[State]) -> Response:
    """Take the chat back from the archive."""
    return await _change(request, service.unarchive)


async def seen(request: Request[State]) -> Response:
    """Mark the chat as read: somebody looks at its page."""
    state = request.state
    await see(state["pool"], state["relay"], state["templates"], state["chat"].key)
    return Response(status_code=204)


async def restore(request: Request[State]) -> Response:
    """Take a deleted chat back, and those that the field `also` names."""
    state = request.state
    account_id, chat_id = state["account"].id, request.path_params["chat_id"]
    fields = await read_fields(request) if request.headers.get("content-type") else {}
    also = [each for text in fields.get("also", "").split() if (each := parse_id(text))]
    async with transaction(state["pool"]) as db:
        # In one order, so that two tabs do not wait for each other's chats.
        for each in sorted({chat_id, *also[:MOST_ALSO]}):
            await service.restore(db, ChatKey(account_id, each))
    state["relay"].wake()
    if is_turbo(request):
        return streams(remove(f"toast_deleted_{chat_id}"))
    return see_other(request, "/chat/{}/message/list/", chat_id)


async def _change(request: Request[State], change: Change) -> Response:
    state = request.state
    async with transaction(state["pool"]) as db:
        await change(db, state["templates"], state["chat"].key)
    state["relay"].wake()
    return streams_or_chat(request, update(MENU, Markup()))


async def _rename_page(
    request: Request[State], title: str, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    return await sidebar_page(
        request,
        "chats/rename.html",
        status,
        frame=_frame(request),
        typed=title,
        errors=errors or {},
    )


def _frame(request: Request[State]) -> str:
    """Name the frame that holds the form: the menu's, or the one beside the title."""
    is_menu = request.headers.get("turbo-frame") == MENU
    return MENU if is_menu else f"chat_{request.state['chat'].id}_rename"


routes = [
    Route("/menu/", menu, methods=["GET"]),
    Route("/rename/", rename_form, methods=["GET"]),
    Route("/rename/", rename, methods=["POST"]),
    Route("/pin/", pin, methods=["POST"]),
    Route("/unpin/", unpin, methods=["POST"]),
    Route("/archive/", archive, methods=["POST"]),
    Route("/unarchive/", unarchive, methods=["POST"]),
    Route("/seen/", seen, methods=["POST"]),
]
routes_of_restore = [Route("/", restore, methods=["POST"])]
