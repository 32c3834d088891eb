"""`/search/`: finds chats and messages; in the dialog, the results alone are shown of the page."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import connection
from services.web.routing import asked_id
from services.web.search.service import search
from services.web.state import State


async def show(request: Request[State]) -> Response:
    """Show what was found, or the recent chats where nothing is searched for."""
    state = request.state
    query = request.query_params.get("q", "").strip()
    async with connection(state["pool"]) as db:
        results = await search(
            db, query, account_id=state["account"].id, before=asked_id(request, "before")
        )
    return await sidebar_page(request, "search/show.html", query=query, results=results)


routes = [Route("/", show, methods=["GET"])]
