"""`/chat/<id>/message/list/`: the chat's page, whole at once or until its answer has ended."""

from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.web.live.page import first_unfinished, page_parts
from services.web.live.seats import Seats
from services.web.messages.page import list_page
from services.web.state import State

HEADERS: Final = {
    # A proxy that compressed the page would hold parts of it back, as would one that buffers.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "vary": "accept, turbo-frame",
}
MEDIA_TYPE: Final = "text/html"


def routes_of_chat() -> list[Route]:
    """Return the routes of a service, with the seats of its streaming pages."""
    seats = Seats()

    async def page(request: Request[State]) -> Response:
        """Show the conversation; whoever waits for its answer gets it as it is written."""
        first = await first_unfinished(request) if waits(request) else None
        if first is None:
            return await list_page(request)
        if request.method == "HEAD":
            return StreamingResponse((), media_type=MEDIA_TYPE, headers=HEADERS)
        parts = _parts(request, first, seats)
        return StreamingResponse(parts, media_type=MEDIA_TYPE, headers=HEADERS)

    return [Route("/list/", page, methods=["GET"])]


async def _parts(request: Request[State], first: int, seats: Seats) -> AsyncIterator[str | bytes]:
    account = request.state["account"].id
    if seats.is_full(account):
        yield bytes((await list_page(request)).body)
        return
    with seats.taken(account):
        async for part in page_parts(request, first):
            yield part


def waits(request: Request[State]) -> bool:
    """Return whether a client reads a page as it comes: by its link, or by not being a browser.

    A script that fetches a page by that link gets it at once.
    """
    is_browser = MEDIA_TYPE in request.headers.get("accept", "")
    if not is_browser:
        return True
    is_opened = request.headers.get("sec-fetch-dest", "document") == "document"
    return request.query_params.get("wait") == "1" and is_opened
