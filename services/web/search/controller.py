"""`/search/`: finds chats and messages; in the dialog, the results alone are shown of the page."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.chats.model import LARGEST_ID
from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import connection
from services.web.search.service import search
from services.web.state import State

MOST_DIGITS: Final = len(str(LARGEST_ID)) - 1


async def show(request: Request[State]) -> Response:
    """Show what was found, or the recent chats where nothing is searched for."""
    state = request.state
    query = request.query_params.get("q", "").strip()
    async with connection(state["pool"]) as db:
        results = await search(
            db, query, account_id=state["account"].id, before=_place(request, "before")
        )
    return await sidebar_page(request, "search/show.html", query=query, results=results)


def _place(request: Request[State], name: str) -> int | None:
    """Read the id that a page of results begins after; None for anything else."""
    value = request.query_params.get(name, "")
    is_id = value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS
    return int(value) if is_id else None


routes = [Route("/", show, methods=["GET"])]
