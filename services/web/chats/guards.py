"""Whose chat it is."""

from starlette.requests import Request

from services.web.chats.service import own_chat
from services.web.db.pool import connection
from services.web.state import State


async def owns_chat(request: Request[State]) -> None:
    """Let the owner of the chat in the path pass, and remember it as `state["chat"]`."""
    state = request.state
    async with connection(state["pool"]) as db:
        state["chat"] = await own_chat(
            db, account_id=state["account"].id, chat_id=request.path_params["chat_id"]
        )
