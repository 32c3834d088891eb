"""`/sign-in/` and `/sign-out/`: into an account and out of it."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.accounts.forms import FormView, read_sign_in
from services.web.accounts.guards import signed_in
from services.web.accounts.pages import form_page, slowed_page
from services.web.accounts.queries import has_admin
from services.web.accounts.sessions.service import end_session_of
from services.web.accounts.signing_in import (
    WrongPasswordError,
    begin,
    check_password,
    hold_password,
)
from services.web.db.pool import connection, transaction
from services.web.errors import NotSignedInError, TooManyRequestsError
from services.web.local_path import local_path
from services.web.routing import see_other
from services.web.session_cookie import delete_session_cookie, session_token
from services.web.state import State

PAGE: Final = "accounts/sign_in.html"
NOTES: Final = {
    "out": "You are signed out.",
    "deleted": "Your account is deleted. What was stored for it is being removed.",
}
WRONG: Final = "The name or the password is wrong."


async def sign_in_page(request: Request[State]) -> Response:
    """Show the form; before there is an administrator, lead to the setup.

    Whoever is signed in already goes on at once.
    """
    query = request.query_params
    next_path = local_path(query.get("next"))
    with suppress(NotSignedInError):
        await signed_in(request)
        return see_other(request, next_path)
    async with connection(request.state["pool"]) as db:
        if not await has_admin(db):
            return see_other(request, "/setup/")
    note = NOTES.get(query.get("note", ""), "")
    return form_page(request, PAGE, FormView(next_path=next_path, note=note))


async def sign_in(request: Request[State]) -> Response:
    """Begin a session, or show the form again with what is wrong."""
    form = await read_sign_in(request)
    view = FormView(form.name, next_path=local_path(form.next_path))
    state = request.state
    try:
        known = await check_password(request, form.name, form.password)
        async with transaction(state["pool"]) as db:
            await hold_password(request, db, known, form.password)
            response = await begin(
                request, db, account_id=known.account_id, next_path=view.next_path
            )
    except TooManyRequestsError as slowed:
        return slowed_page(request, PAGE, view, slowed)
    except WrongPasswordError:
        return form_page(request, PAGE, replace(view, errors={"form": WRONG}), 422)
    state["relay"].wake()
    return response


async def sign_out(request: Request[State]) -> Response:
    """End the session of this browser, if it has one."""
    state = request.state
    token = session_token(request)
    if token is not None:
        async with transaction(state["pool"]) as db:
            await end_session_of(db, token)
        state["relay"].wake()
    response = see_other(request, "/sign-in/?note=out")
    delete_session_cookie(response, request)
    return response


routes_of_sign_in = [
    Route("/", sign_in_page, methods=["GET"]),
    Route("/", sign_in, methods=["POST"]),
]
routes_of_sign_out = [Route("/", sign_out, methods=["POST"])]
