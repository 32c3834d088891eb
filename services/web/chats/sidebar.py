"""Shows a page within the layout: beside its content the sidebar, which changes live."""

from starlette.requests import Request
from starlette.responses import Response

from services.shared.bus.subjects import account_group
from services.web.chats.queries import list_chats
from services.web.db.pool import connection
from services.web.state import State
from services.web.streams.source import stream_source


async def sidebar_page(
    request: Request[State], name: str, status: int = 200, **context: object
) -> Response:
    """Render template `name`, which extends the layout, with the account's newest chats."""
    state = request.state
    account, templates = state["account"], state["templates"]
    # Read before the rows: what they do not show yet comes over the stream.
    head = await state["stream_head"].read()
    async with connection(state["pool"]) as db:
        chats = await list_chats(db, account_id=account.id)
    return templates.page(
        name,
        status,
        preferences=account.preferences,
        chats=chats,
        is_sidebar_hidden=request.cookies.get("sidebar") == "hidden",
        chat=state["chat"] if "chat" in state else None,  # noqa: SIM401 - a state is no dict
        account_source=stream_source(
            request, account_group(account.id), templates.url("/chat/stream/"), head
        ),
        **context,
    )
