"""`/settings/account/delete/`: deletes one's account."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.accounts.sessions.service import end_sessions
from services.web.accounts.signing_in import is_own_password
from services.web.db.pool import transaction
from services.web.errors import TooManyRequestsError
from services.web.forms import read_fields
from services.web.removal.queries import mark_deleted
from services.web.routing import see_other
from services.web.security.controller import WRONG, account_page
from services.web.security.forms import FormErrors
from services.web.session_cookie import delete_session_cookie
from services.web.state import State


async def delete(request: Request[State]) -> Response:
    """Delete the account after its password was given once more, and sign out everywhere."""
    state = request.state
    password = (await read_fields(request)).get("confirm", "")
    try:
        if not await is_own_password(request, password):
            return await account_page(request, FormErrors({"confirm": WRONG}), 422)
    except TooManyRequestsError as slowed:
        return await account_page(request, FormErrors({"confirm": slowed.message}), slowed.status)
    async with transaction(state["pool"]) as db:
        await mark_deleted(db, account_id=state["account"].id)
        await end_sessions(db, account_id=state["account"].id)
    state["relay"].wake()
    response = see_other(request, "/sign-in/?note=deleted")
    delete_session_cookie(response, request)
    return response


routes = [Route("/delete/", delete, methods=["POST"])]
