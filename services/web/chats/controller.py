"""`/chat/`: to the newest chat, or to a new one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from services.web.accounts.guards import signed_in
from services.web.chats.service import create_chat, newest_chat
from services.web.db.pool import transaction
from services.web.routing import controller, see_other
from services.web.state import State


async def show_newest(request: Request[State]) -> RedirectResponse:
    """Lead to the newest chat, creating one if there is none."""
    state = request.state
    async with transaction(state["pool"]) as db:
        chat = await newest_chat(db, account_id=state["account"].id)
    return see_other(request, "/chat/{}/message/list/", chat.id)


async def create(request: Request[State]) -> RedirectResponse:
    """Create a chat and lead there."""
    state = request.state
    async with transaction(state["pool"]) as db:
        chat = await create_chat(db, account_id=state["account"].id)
    return see_other(request, "/chat/{}/message/list/", chat.id)


chats = controller(
    "/chat",
    guards=[signed_in],
    routes=[
        Route("/", show_newest, methods=["GET"]),
        Route("/", create, methods=["POST"]),
    ],
)
