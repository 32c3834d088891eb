"""Refuses requests about chats of other accounts."""

from starlette.requests import Request

from services.web.chats.changes.queries import is_deleted
from services.web.chats.model import ChatKey
from services.web.chats.queries import get_chat
from services.web.db.pool import connection
from services.web.errors import NotFoundError
from services.web.state import State


async def owns_chat(request: Request[State]) -> None:
    """Let the owner of the path's chat pass and keep it as `state["chat"]`.

    A chat of another account is not found, like one that does not exist.
    """
    state = request.state
    key = ChatKey(state["account"].id, request.path_params["chat_id"])
    async with connection(state["pool"]) as db:
        state["chat"] = await get_chat(db, key)


async def owns_stored_chat(request: Request[State]) -> None:
    """Let the owner of the path's chat pass even if the chat is deleted, to take it back."""
    state = request.state
    key = ChatKey(state["account"].id, request.path_params["chat_id"])
    async with connection(state["pool"]) as db:
        if await is_deleted(db, key) is None:
            raise NotFoundError
