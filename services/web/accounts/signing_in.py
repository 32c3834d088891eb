"""Checks a name with a password, slowly for whoever guesses."""

from starlette.requests import Request
from starlette.responses import RedirectResponse

from services.web.accounts.model import Credentials
from services.web.accounts.queries import find_credentials, lock_credentials, replace_hash
from services.web.accounts.sessions.device import device_of
from services.web.accounts.sessions.model import Lifetimes
from services.web.accounts.sessions.service import begin_session
from services.web.accounts.throttle import Attempt, count_attempt, forgive
from services.web.db.pool import Connection, connection, transaction
from services.web.errors import BusyError
from services.web.routing import see_other
from services.web.session_cookie import session_token, set_session_cookie
from services.web.state import State


class WrongPasswordError(Exception):
    """The name and the password belong to no account that may sign in."""


async def check_password(
    request: Request[State], name: str, password: str, *, is_own: bool = False
) -> Credentials:
    """Return the credentials that a name and a password belong to; raises `WrongPasswordError`.

    An unknown name, a wrong password and a disabled account take the same time. Raises
    `TooManyRequestsError` before the password is looked at.
    """
    state = request.state
    attempt = Attempt(name, device_of(request).address, is_own=is_own)
    async with transaction(state["pool"]) as db:
        await count_attempt(db, attempt)
        known = await find_credentials(db, name=name)
    password_hash = known.password_hash if known is not None else None
    try:
        is_right = await state["passwords"].verify(password_hash, password)
    except BusyError:
        await _forgive(request, attempt)
        raise
    if known is None or password_hash is None or not is_right or known.is_disabled:
        raise WrongPasswordError
    await _forgive(request, attempt)
    if state["passwords"].is_outdated(password_hash):
        await _renew_hash(request, password, password_hash, account_id=known.account_id)
    return known


async def check_own_password(request: Request[State], password: str) -> Credentials:
    """Return the signed-in person's credentials if this is the password.

    Raises `WrongPasswordError`, `TooManyRequestsError`.
    """
    return await check_password(request, request.state["account"].name, password, is_own=True)


async def hold_password(
    request: Request[State], db: Connection, checked: Credentials, password: str
) -> None:
    """Keep a password that was checked the account's until the transaction ends.

    Raises `WrongPasswordError` if it was changed meanwhile, or the account disabled or deleted.
    """
    stored = await lock_credentials(db, account_id=checked.account_id)
    if stored is None or stored.is_disabled:
        raise WrongPasswordError
    if stored.password_hash == checked.password_hash:
        return
    # It may be another hash of the same password.
    if not await request.state["passwords"].verify(stored.password_hash, password):
        raise WrongPasswordError


async def begin(
    request: Request[State], db: Connection, *, account_id: int, next_path: str
) -> RedirectResponse:
    """Begin a session of the account in this browser, and lead it on to `next_path`."""
    token = await begin_session(
        db, device_of(request), account_id=account_id, instead_of=session_token(request)
    )
    response = see_other(request, next_path)
    seconds = Lifetimes.of(request.state["settings"]).absolute
    set_session_cookie(response, request, token, seconds=seconds)
    return response


async def _forgive(request: Request[State], attempt: Attempt) -> None:
    async with transaction(request.state["pool"]) as db:
        await forgive(db, attempt)


async def _renew_hash(request: Request[State], password: str, old: str, *, account_id: int) -> None:
    state = request.state
    new = await state["passwords"].hash(password)
    async with connection(state["pool"]) as db:
        await replace_hash(db, old, new, account_id=account_id)
