"""`/chat/<id>/message/list/`: the chat's page, whole at once or until its answer has ended."""

from collections.abc import AsyncIterator
from typing import Final, override

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.web.live.page import first_unfinished, page_parts
from services.web.live.seats import Seat, Seats
from services.web.messages.page import list_page
from services.web.state import State

HEADERS: Final = {
    # A proxy that compressed the page would hold parts of it back, as would one that buffers.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "vary": "accept, turbo-frame",
}
MEDIA_TYPE: Final = "text/html"
WAIT: Final = "wait"


def routes_of_chat() -> list[Route]:
    """Return the routes of a service, with the seats of its streaming pages."""
    seats = Seats()

    async def page(request: Request[State]) -> Response:
        """Show the conversation; whoever waits for its answer gets it as it is written."""
        account = request.state["account"].id
        first = await first_unfinished(request) if waits(request) else None
        if first is None or seats.is_full(account):
            return await list_page(request)
        if request.method == "HEAD":
            return StreamingResponse((), media_type=MEDIA_TYPE, headers=HEADERS)
        return LivePage(page_parts(request, first), seats.take(account))

    return [Route("/list/", page, methods=["GET"])]


class LivePage(StreamingResponse):
    """A page that has a seat until it ends, or its reader leaves."""

    def __init__(self, parts: AsyncIterator[str], seat: Seat) -> None:
        super().__init__(parts, media_type=MEDIA_TYPE, headers=HEADERS)
        self._seat = seat

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._seat.leave()


def waits(request: Request[State]) -> bool:
    """Return whether a client reads a page as it comes: by its link, or by not being a browser.

    A script that fetches a page by that link gets it at once, as do all who ask for other parts of
    the conversation.
    """
    if request.query_params.keys() - {WAIT}:
        return False
    is_browser = MEDIA_TYPE in request.headers.get("accept", "")
    is_opened = request.headers.get("sec-fetch-dest", "document") == "document"
    return not is_browser or (WAIT in request.query_params and is_opened)
