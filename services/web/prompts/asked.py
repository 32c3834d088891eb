"""The prompt that an address of the message box names."""

from starlette.requests import Request

from services.web.db.pool import connection
from services.web.prompts.queries import get_prompt
from services.web.routing import asked_id
from services.web.state import State


async def asked_prompt(request: Request[State]) -> str:
    """Return the text of the account's prompt `?prompt=`, or no text without one."""
    prompt_id = asked_id(request, "prompt")
    if prompt_id is None:
        return ""
    state = request.state
    async with connection(state["pool"]) as db:
        prompt = await get_prompt(db, prompt_id, account_id=state["account"].id)
    return prompt.content
