"""`/settings/account/`: one's password, and where one is signed in."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.accounts.password_rules import weakness
from services.web.accounts.queries import set_password
from services.web.accounts.sessions.model import Lifetimes
from services.web.accounts.sessions.queries import list_sessions
from services.web.accounts.sessions.service import end_session, end_sessions
from services.web.accounts.signing_in import (
    WrongPasswordError,
    begin,
    check_own_password,
    hold_password,
)
from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import connection, transaction
from services.web.errors import NotFoundError, TooManyRequestsError
from services.web.routing import see_other
from services.web.security.forms import FormErrors, read_password_change
from services.web.security.views import session_views
from services.web.session_cookie import delete_session_cookie
from services.web.state import State

PAGE: Final = "security/show.html"
PATH: Final = "/settings/account/"
WRONG: Final = "This is not your password."
DONE: Final = {
    "password": "Your password is changed. Other devices are signed out.",
    "ended": "That device is signed out.",
}


async def show(request: Request[State]) -> Response:
    """Show the account, and what has just been done."""
    done = DONE.get(request.query_params.get("done", ""), "")
    return await account_page(request, FormErrors(), done=done)


async def change_password(request: Request[State]) -> Response:
    """Change the password, which signs out every other device."""
    form = await read_password_change(request)
    if isinstance(form, FormErrors):
        return await account_page(request, form, 422)
    state, account_id = request.state, request.state["account"].id
    try:
        known = await check_own_password(request, form.present)
        if fault := await weakness(form.new, name=state["account"].name):
            return await account_page(request, FormErrors({"new": fault}), 422)
        password_hash = await state["passwords"].hash(form.new)
        async with transaction(state["pool"]) as db:
            await hold_password(request, db, known, form.present)
            await set_password(db, password_hash, account_id=account_id)
            await end_sessions(db, account_id=account_id)
            response = await begin(
                request, db, account_id=account_id, next_path=f"{PATH}?done=password"
            )
    except (TooManyRequestsError, WrongPasswordError) as error:
        return await not_proven_page(request, "present", error)
    state["relay"].wake()
    return response


async def end_one(request: Request[State]) -> Response:
    """Sign out one device."""
    state = request.state
    session_id = request.path_params["session_id"]
    async with transaction(state["pool"]) as db:
        if not await end_session(db, session_id, account_id=state["account"].id):
            raise NotFoundError
    state["relay"].wake()
    return see_other(request, f"{PATH}?done=ended")


async def end_all(request: Request[State]) -> Response:
    """Sign out everywhere, here too."""
    state = request.state
    async with transaction(state["pool"]) as db:
        await end_sessions(db, account_id=state["account"].id)
    state["relay"].wake()
    response = see_other(request, "/sign-in/?note=out")
    delete_session_cookie(response, request)
    return response


async def not_proven_page(
    request: Request[State], field: str, error: TooManyRequestsError | WrongPasswordError
) -> Response:
    """Show the page of the account after a wrong password in `field`, or too many of them."""
    if isinstance(error, WrongPasswordError):
        return await account_page(request, FormErrors({field: WRONG}), 422)
    response = await account_page(request, FormErrors({field: error.message}), error.status)
    response.headers["retry-after"] = str(error.retry_after)
    return response


async def account_page(
    request: Request[State], form: FormErrors, status: int = 200, *, done: str = ""
) -> Response:
    """Show the page of the account with what is wrong in a form."""
    state = request.state
    lifetimes = Lifetimes.of(state["settings"])
    async with connection(state["pool"]) as db:
        sessions = await list_sessions(db, lifetimes, account_id=state["account"].id)
    return await sidebar_page(
        request,
        PAGE,
        status,
        account=state["account"],
        sessions=session_views(sessions, this=state["session"].id),
        least_chars=state["settings"].password_min_chars,
        form=form,
        done=done,
    )


routes = [
    Route("/", show, methods=["GET"]),
    Route("/password/", change_password, methods=["POST"]),
    Route("/sessions/end/", end_all, methods=["POST"]),
    Route("/sessions/{session_id:id}/end/", end_one, methods=["POST"]),
]
