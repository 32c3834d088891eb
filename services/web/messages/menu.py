"""What can be done with one message besides its buttons, and what is known of it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import transaction
from services.web.limits.checks import count_chat
from services.web.limits.model import Limits
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
    """Redirect to a new chat with this message and all before it; 429 beyond a limit."""
    state = request.state
    chat, limits = state["chat"].key, Limits.of(state["settings"])
    async with transaction(state["pool"]) as db:
        await count_chat(db, limits, account_id=chat.account_id)
        copy = await service.fork(db, state["templates"], chat, state["message"].id)
    state["relay"].wake()
    return see_other(request, "/chat/{}/message/list/", copy)
