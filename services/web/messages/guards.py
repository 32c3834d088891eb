"""Whose message it is."""

from starlette.requests import Request

from services.web.chats.model import ChatKey
from services.web.db.pool import connection
from services.web.messages.service import own_message
from services.web.state import State


async def owns_message(request: Request[State]) -> None:
    """Let the owner of the chat's message in the path pass; remember it as `state["message"]`."""
    state = request.state
    async with connection(state["pool"]) as db:
        state["message"] = await own_message(
            db, ChatKey(state["account"].id, state["chat"].id), request.path_params["message_id"]
        )
