"""Shows a page within the layout: beside its content the sidebar, which changes live."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.shared.bus.subjects import account_group
from services.web.chats.changes.queries import is_deleted
from services.web.chats.listing.groups import OFFSET_COOKIE, utc_offset
from services.web.chats.listing.pages import read_first_page
from services.web.chats.model import ChatKey
from services.web.db.pool import connection
from services.web.state import State
from services.web.streams.source import stream_source

ID_DIGITS: Final = 18


async def sidebar_page(
    request: Request[State], name: str, status: int = 200, **context: object
) -> Response:
    """Render template `name`, which extends the layout, with the account's newest chats."""
    state = request.state
    account, templates = state["account"], state["templates"]
    offset = utc_offset(request.cookies.get(OFFSET_COOKIE))
    # Read before the rows: what they do not show yet comes over the stream.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        chats = await read_first_page(db, account_id=account.id, offset=offset)
        deleted = named_chat(request, "deleted")
        if deleted and not await is_deleted(db, ChatKey(account.id, deleted)):
            deleted = None
    return templates.page(
        name,
        status,
        preferences=account.preferences,
        chats=chats,
        is_sidebar_hidden=request.cookies.get("sidebar") == "hidden",
        chat=state["chat"] if "chat" in state else None,  # noqa: SIM401 - a state is no dict
        deleted=deleted,
        account_source=stream_source(
            request, account_group(account.id), templates.url("/chat/stream/"), head
        ),
        **context,
    )


def named_chat(request: Request[State], name: str) -> int | None:
    """Read the chat that a field of the query names; None for what is no id."""
    text = request.query_params.get(name, "")
    return int(text) if is_id(text) else None


def is_id(text: str) -> bool:
    """Return whether a text from outside can be the id of a chat."""
    return text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS
