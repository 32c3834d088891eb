"""Shows a page within the layout: beside its content the sidebar, which changes live."""

from starlette.requests import Request
from starlette.responses import Response

from services.shared.bus.subjects import account_group
from services.web.chats.changes.queries import is_deleted
from services.web.chats.listing.pages import read_first_page
from services.web.chats.model import ChatKey
from services.web.csrf import csrf_field
from services.web.db.pool import connection
from services.web.reader_zone import reader_zone
from services.web.routing import asked_id
from services.web.state import State
from services.web.streams.source import stream_source


async def sidebar_page(
    request: Request[State], name: str, status: int = 200, **context: object
) -> Response:
    """Render template `name`, which extends the layout, with the account's newest chats."""
    state = request.state
    account, templates = state["account"], state["templates"]
    zone = reader_zone(request)
    # Read before the rows: what they do not show yet comes over the stream.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        chats = await read_first_page(db, account_id=account.id, zone=zone)
        deleted = asked_id(request, "deleted")
        if deleted and not await is_deleted(db, ChatKey(account.id, deleted)):
            deleted = None
    return templates.page(
        name,
        status,
        csrf_field=csrf_field(request),
        preferences=account.preferences,
        account_name=account.name if "session" in state else None,
        zone=zone,
        chats=chats,
        is_sidebar_hidden=request.cookies.get("sidebar") == "hidden",
        chat=state["chat"] if "chat" in state else None,  # noqa: SIM401 - a state is no dict
        deleted=deleted,
        account_source=stream_source(
            request, account_group(account.id), templates.url("/chat/stream/"), head
        ),
        **context,
    )
