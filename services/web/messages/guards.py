"""Refuses requests about messages of other chats."""

from starlette.requests import Request

from services.web.db.pool import connection
from services.web.messages.queries import get_message
from services.web.state import State


async def owns_message(request: Request[State]) -> None:
    """Let the path's message pass if it is in the chat, and keep it as `state["message"]`."""
    state = request.state
    message_id = request.path_params["message_id"]
    async with connection(state["pool"]) as db:
        state["message"] = await get_message(db, state["chat"].key, message_id)
