"""What can be done with one message besides its buttons, and what is known of it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import transaction
from services.web.messages import service
from services.web.models.picker import read_picker
from services.web.routing import see_other
from services.web.state import State


async def menu(request: Request[State]) -> Response:
    """Show the menu of a message, alone or in the frame of all menus."""
    message = request.state["message"]
    picker = await read_picker(request) if message.can_be_regenerated else None
    return await sidebar_page(request, "messages/menu.html", message=message, picker=picker)


async def markdown(request: Request[State]) -> Response:
    """Answer with a message as its author wrote it."""
    return PlainTextResponse(
        request.state["message"].content, headers={"cache-control": "no-store"}
    )


async def fork(request: Request[State]) -> Response:
    """Begin a new chat with this message and all before it, and redirect to it."""
    state = request.state
    async with transaction(state["pool"]) as db:
        copy = await service.fork(db, state["chat"].key, state["message"].id)
    return see_other(request, "/chat/{}/message/list/", copy)
