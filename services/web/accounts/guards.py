"""Who may pass at all."""

from starlette.requests import Request

from services.web.accounts.service import local_account
from services.web.db.pool import connection
from services.web.errors import NotSignedInError
from services.web.state import State


async def signed_in(request: Request[State]) -> None:
    """Let an account pass and remember it as `state["account"]`; refuse everybody else."""
    if not request.state["settings"].single_user:
        raise NotSignedInError
    async with connection(request.state["pool"]) as db:
        request.state["account"] = await local_account(db)
