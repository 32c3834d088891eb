"""`/sign-up/` and `/setup/`: new accounts, and the first administrator's."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.accounts.forms import FormView, NewAccountForm, read_new_account
from services.web.accounts.model import NewAccount
from services.web.accounts.pages import form_page, slowed_page
from services.web.accounts.password_rules import weakness
from services.web.accounts.queries import has_admin
from services.web.accounts.sessions.device import device_of
from services.web.accounts.signing_in import begin
from services.web.accounts.signing_up import (
    NotMadeError,
    make_account,
    make_first_admin,
    may_sign_up,
)
from services.web.accounts.throttle import count_new_account
from services.web.db.pool import Connection, connection, transaction
from services.web.errors import TooManyRequestsError
from services.web.forms import clean_text
from services.web.routing import see_other
from services.web.settings import WebSettings
from services.web.state import State

type Make = Callable[[Connection, NewAccount, WebSettings, str], Awaitable[int]]
"""Makes an account with an invitation or a code, and returns its id; raises `NotMadeError`."""

SIGN_UP: Final = "accounts/sign_up.html"
SETUP: Final = "accounts/setup.html"


async def sign_up_page(request: Request[State]) -> Response:
    """Show the form to whoever may make an account, and tell others that they may not."""
    invitation = clean_text(request.query_params.get("invitation", ""))
    state = request.state
    async with connection(state["pool"]) as db:
        if not await has_admin(db):
            return see_other(request, "/setup/")
        is_let_in = await may_sign_up(db, state["settings"], invitation)
    if not is_let_in:
        return form_page(request, "accounts/no_sign_up.html", FormView(), 403)
    return form_page(request, SIGN_UP, FormView(secret=invitation))


async def sign_up(request: Request[State]) -> Response:
    """Make an account and sign in to it, or show the form again with what is wrong."""
    return await _make(request, SIGN_UP, make_account, secret="invitation")  # noqa: S106 - a field's name


async def setup_page(request: Request[State]) -> Response:
    """Show the form of the first administrator's account, until there is one."""
    async with connection(request.state["pool"]) as db:
        if await has_admin(db):
            return see_other(request, "/sign-in/")
    has_code = request.state["settings"].setup_code is not None
    return form_page(request, SETUP, FormView(), has_code=has_code)


async def setup(request: Request[State]) -> Response:
    """Make the first administrator's account and sign in to it, or show the form again."""
    return await _make(request, SETUP, make_first_admin, secret="code", has_code=True)  # noqa: S106 - a field's name


async def _make(
    request: Request[State], page: str, make: Make, *, secret: str, **context: object
) -> Response:
    state = request.state
    form = await read_new_account(request, secret=secret)
    if isinstance(form, FormView):
        return form_page(request, page, form, 422, **context)
    view = FormView(form.name, form.secret)
    try:
        account = await _hashed(request, form)
        async with transaction(state["pool"]) as db:
            made = await make(db, account, state["settings"], form.secret)
            response = await begin(request, db, account_id=made, next_path="/")
    except TooManyRequestsError as slowed:
        return slowed_page(request, page, view, slowed, **context)
    except NotMadeError as error:
        shown = replace(view, errors={error.field: error.sentence})
        return form_page(request, page, shown, 422, **context)
    state["relay"].wake()
    return response


async def _hashed(request: Request[State], form: NewAccountForm) -> NewAccount:
    """Judge the password and hash it; a stranger may have that done so often only.

    Raises `NotMadeError`.
    """
    state = request.state
    async with transaction(state["pool"]) as db:
        await count_new_account(db, device_of(request).address)
    if fault := await weakness(form.password, name=form.name):
        raise NotMadeError("password", fault)
    return NewAccount(form.name, await state["passwords"].hash(form.password))


routes_of_sign_up = [
    Route("/", sign_up_page, methods=["GET"]),
    Route("/", sign_up, methods=["POST"]),
]
routes_of_setup = [
    Route("/", setup_page, methods=["GET"]),
    Route("/", setup, methods=["POST"]),
]
