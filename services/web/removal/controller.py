"""`/settings/account/delete/`: deletes one's account."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.accounts.sessions.service import end_sessions
from services.web.accounts.signing_in import (
    WrongPasswordError,
    check_own_password,
    hold_password,
)
from services.web.db.pool import transaction
from services.web.errors import TooManyRequestsError
from services.web.forms import read_fields
from services.web.removal.queries import mark_deleted
from services.web.routing import see_other
from services.web.security.controller import not_proven_page
from services.web.session_cookie import delete_session_cookie
from services.web.state import State


async def delete(request: Request[State]) -> Response:
    """Delete the account after its password was given once more, and sign out everywhere."""
    state = request.state
    password = (await read_fields(request)).get("confirm", "")
    try:
        known = await check_own_password(request, password)
        async with transaction(state["pool"]) as db:
            await hold_password(request, db, known, password)
            await mark_deleted(db, account_id=known.account_id)
            await end_sessions(db, account_id=known.account_id)
    except (TooManyRequestsError, WrongPasswordError) as error:
        return await not_proven_page(request, "confirm", error)
    state["relay"].wake()
    response = see_other(request, "/sign-in/?note=deleted")
    delete_session_cookie(response, request)
    return response


routes = [Route("/delete/", delete, methods=["POST"])]
