"""`/chat/`: redirects to the newest chat, or to a new one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.shared.bus.subjects import account_group
from services.web.accounts.queries import lock_account
from services.web.chats.queries import find_newest_chat, insert_chat
from services.web.db.pool import Connection, transaction
from services.web.routing import see_other
from services.web.state import State
from services.web.streams.source import token_response


async def show_newest(request: Request[State]) -> RedirectResponse:
    """Redirect to the newest chat; create one if there is none."""
    state = request.state
    async with transaction(state["pool"]) as db:
        chat_id = await _newest_chat(db, account_id=state["account"].id)
    return see_other(request, "/chat/{}/message/list/", chat_id)


async def create(request: Request[State]) -> RedirectResponse:
    """Create a chat and redirect to it."""
    state = request.state
    async with transaction(state["pool"]) as db:
        chat_id = await insert_chat(db, account_id=state["account"].id)
    return see_other(request, "/chat/{}/message/list/", chat_id)


async def stream_token(request: Request[State]) -> Response:
    """Answer with a fresh token for the account's streams."""
    return token_response(request, account_group(request.state["account"].id))


async def _newest_chat(db: Connection, *, account_id: int) -> int:
    chat_id = await find_newest_chat(db, account_id=account_id)
    if chat_id is None:
        # Two tabs that open at the same time get the same first chat.
        await lock_account(db, account_id=account_id)
        chat_id = await find_newest_chat(db, account_id=account_id)
    return chat_id or await insert_chat(db, account_id=account_id)


routes = [
    Route("/", show_newest, methods=["GET"]),
    Route("/", create, methods=["POST"]),
    Route("/stream/", stream_token, methods=["GET"]),
]
