"""The prompt that an address of the message box names."""

import re
from typing import Final

from starlette.requests import Request

from services.web.db.pool import connection
from services.web.prompts.queries import get_prompt
from services.web.routing import IdConvertor
from services.web.state import State

ID: Final = re.compile(IdConvertor.regex)


def asked_id(request: Request[State], name: str) -> int | None:
    """Read the id that the address gives as `name`; None for anything else."""
    value = request.query_params.get(name, "")
    return int(value) if ID.fullmatch(value) else None


async def asked_prompt(request: Request[State]) -> str:
    """Return the text of the account's prompt `?prompt=`, or no text without one."""
    prompt_id = asked_id(request, "prompt")
    if prompt_id is None:
        return ""
    state = request.state
    async with connection(state["pool"]) as db:
        prompt = await get_prompt(db, prompt_id, account_id=state["account"].id)
    return prompt.content
