"""`/chat/`: leads to a chat, makes new ones, and lists them."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.shared.bus.subjects import account_group
from services.web.accounts.queries import lock_account
from services.web.chats.listing.model import Place
from services.web.chats.listing.pages import (
    PAGE_ROWS,
    ChatsPage,
    read_first_page,
    read_page_after,
)
from services.web.chats.listing.queries import list_kept
from services.web.chats.queries import find_newest_chat, insert_chat, renew_empty_chat
from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import Connection, connection, transaction
from services.web.forms import read_fields
from services.web.limits.checks import count_chat
from services.web.limits.model import Limits
from services.web.reader_zone import reader_zone
from services.web.routing import asked_id, see_other
from services.web.state import State
from services.web.streams.source import token_response


async def show_newest(request: Request[State]) -> RedirectResponse:
    """Redirect to the chat that was last active; create one if there is none."""
    state = request.state
    async with transaction(state["pool"]) as db:
        chat_id = await _newest_chat(db, account_id=state["account"].id)
    query = f"?deleted={deleted}" if (deleted := asked_id(request, "deleted")) else ""
    return see_other(request, "/chat/{}/message/list/{}", chat_id, query)


async def create(request: Request[State]) -> RedirectResponse:
    """Redirect to a new chat, or to the one that has no message yet.

    With the field `temporary` the chat is temporary; with `fresh` it is new in any case, for
    programs that talk in several chats at once. 429 beyond a limit.
    """
    state = request.state
    account_id, limits = state["account"].id, Limits.of(state["settings"])
    fields = await read_fields(request) if request.headers.get("content-type") else {}
    is_temporary = bool(fields.get("temporary"))
    async with transaction(state["pool"]) as db:
        if is_temporary or fields.get("fresh"):
            chat_id = None
        else:
            # Two tabs that ask at the same time get the same chat.
            await lock_account(db, account_id=account_id)
            chat_id = await renew_empty_chat(db, account_id=account_id)
        if chat_id is None:
            await count_chat(db, limits, account_id=account_id)
            chat_id = await insert_chat(db, account_id=account_id, is_temporary=is_temporary)
    return see_other(request, "/chat/{}/message/list/", chat_id)


async def stream_token(request: Request[State]) -> Response:
    """Answer with a fresh token for the account's streams."""
    return token_response(request, account_group(request.state["account"].id))


async def list_page(request: Request[State]) -> Response:
    """Show the list of chats, or what follows a place in it; a frame gets that part alone."""
    templates = request.state["templates"]
    page = await _read_list(request)
    frame = request.headers.get("turbo-frame")
    if frame == "chats":
        return templates.page("chats/_list.html", chats=page, chat=None)
    if frame == "chats-next":
        return templates.page("chats/_older.html", page=page, chat=None)
    return await sidebar_page(request, "chats/list.html", page=page)


async def archived_page(request: Request[State]) -> Response:
    """Show the archived chats."""
    return await _kept_page(request, "chats/archived.html", are_deleted=False)


async def deleted_page(request: Request[State]) -> Response:
    """Show the deleted chats that can still be taken back."""
    return await _kept_page(request, "chats/deleted.html", are_deleted=True)


async def _kept_page(request: Request[State], name: str, *, are_deleted: bool) -> Response:
    """Show one page of chats that were put aside; one more of them tells that others follow."""
    state = request.state
    account_id = state["account"].id
    async with connection(state["pool"]) as db:
        kept = await list_kept(
            db,
            _place(request),
            account_id=account_id,
            are_deleted=are_deleted,
            limit=PAGE_ROWS + 1,
        )
    shown = kept[:PAGE_ROWS]
    older = Place(shown[-1].kept_at, shown[-1].id) if len(kept) > PAGE_ROWS else None
    return await sidebar_page(request, name, kept=shown, older=older)


async def _read_list(request: Request[State]) -> ChatsPage:
    state = request.state
    account_id, zone = state["account"].id, reader_zone(request)
    rows = request.query_params.get("rows", "")
    async with connection(state["pool"]) as db:
        if place := _place(request):
            return await read_page_after(db, place, account_id=account_id, zone=zone)
        count = int(rows) if rows.isdecimal() and len(rows) < len("10000") else PAGE_ROWS
        return await read_first_page(db, account_id=account_id, zone=zone, rows=count)


def _place(request: Request[State]) -> Place | None:
    return Place.parse(request.query_params.get("before"))


async def _newest_chat(db: Connection, *, account_id: int) -> int:
    chat_id = await find_newest_chat(db, account_id=account_id)
    if chat_id is None:
        # Two tabs that open at the same time get the same first chat.
        await lock_account(db, account_id=account_id)
        chat_id = await find_newest_chat(db, account_id=account_id)
    return chat_id or await insert_chat(db, account_id=account_id)


routes = [
    Route("/", show_newest, methods=["GET"]),
    Route("/", create, methods=["POST"]),
    Route("/stream/", stream_token, methods=["GET"]),
    Route("/list/", list_page, methods=["GET"]),
    Route("/archived/", archived_page, methods=["GET"]),
    Route("/deleted/", deleted_page, methods=["GET"]),
]
