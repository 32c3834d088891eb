"""Refuses requests about prompts of other accounts."""

from starlette.requests import Request

from services.web.db.pool import connection
from services.web.prompts.queries import get_prompt
from services.web.state import State


async def owns_prompt(request: Request[State]) -> None:
    """Let the owner of the path's prompt pass and keep it as `state["prompt"]`.

    A prompt of another account is not found, like one that does not exist.
    """
    state = request.state
    prompt_id = request.path_params["prompt_id"]
    async with connection(state["pool"]) as db:
        state["prompt"] = await get_prompt(db, prompt_id, account_id=state["account"].id)
