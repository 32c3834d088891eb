"""`/chat/<id>/delete/`: deletes a chat, and stops the answers that are written in it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.answers.stopping import stop_hidden
from services.web.chats.changes.service import delete
from services.web.chats.listing.views import removal_stream
from services.web.chats.queries import lock_chat
from services.web.db.pool import transaction
from services.web.messages.queries import list_messages, list_unfinished
from services.web.routing import is_turbo, see_other, streams
from services.web.state import State


async def delete_chat(request: Request[State]) -> Response:
    """Delete the chat, which can be taken back for thirty days."""
    state = request.state
    templates, chat = state["templates"], state["chat"].key
    async with transaction(state["pool"]) as db:
        await lock_chat(db, chat)
        toast = await delete(db, templates, chat)
        unfinished = await list_messages(db, chat, await list_unfinished(db, chat))
    await stop_hidden(state["pool"], state["bus"], state["answer_context"], chat, unfinished)
    state["relay"].wake()
    state["wake_dispatcher"]()
    if is_turbo(request):
        return streams(removal_stream(chat.id) + toast)
    # The next page offers to take it back.
    return see_other(request, "/chat/?deleted={}", chat.id)


routes = [Route("/delete/", delete_chat, methods=["POST"])]
