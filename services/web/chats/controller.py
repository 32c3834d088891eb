"""`/chat/`: to the newest chat, or to a new one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from services.web.accounts.guards import signed_in
from services.web.chats.model import Chat
from services.web.chats.service import create_chat, newest_chat
from services.web.db.pool import transaction
from services.web.routing import controller
from services.web.state import State


async def show_newest(request: Request[State]) -> RedirectResponse:
    """Lead to the newest chat, creating one if there is none."""
    state = request.state
    async with transaction(state["pool"]) as db:
        return _to(await newest_chat(db, account_id=state["account"].id))


async def create(request: Request[State]) -> RedirectResponse:
    """Create a chat and lead there."""
    state = request.state
    async with transaction(state["pool"]) as db:
        return _to(await create_chat(db, account_id=state["account"].id))


def _to(chat: Chat) -> RedirectResponse:
    return RedirectResponse(f"/chat/{chat.id}/message/list/", status_code=303)


chats = controller(
    "/chat",
    guards=[signed_in],
    routes=[
        Route("/", show_newest, methods=["GET"]),
        Route("/", create, methods=["POST"]),
    ],
)
