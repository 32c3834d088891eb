"""Checks a name with a password, slowly for whoever guesses."""

from starlette.requests import Request
from starlette.responses import RedirectResponse

from services.web.accounts.queries import find_credentials, replace_hash
from services.web.accounts.sessions.device import device_of
from services.web.accounts.sessions.model import Lifetimes
from services.web.accounts.sessions.service import begin_session
from services.web.accounts.throttle import Attempt, count_attempt, forgive
from services.web.db.pool import Connection, connection, transaction
from services.web.routing import see_other
from services.web.session_cookie import session_token, set_session_cookie
from services.web.state import State


async def find_account_of(request: Request[State], name: str, password: str) -> int | None:
    """Return the id of the account that a name and a password belong to; None if there is none.

    An unknown name, a wrong password and a disabled account take the same time. Raises
    `TooManyRequestsError` before the password is looked at.
    """
    state = request.state
    attempt = Attempt(name, device_of(request).address)
    async with transaction(state["pool"]) as db:
        await count_attempt(db, attempt)
        known = await find_credentials(db, name=name)
    password_hash = known.password_hash if known is not None else None
    is_right = await state["passwords"].verify(password_hash, password)
    if known is None or password_hash is None or not is_right or known.is_disabled:
        return None
    async with transaction(state["pool"]) as db:
        await forgive(db, attempt)
    if state["passwords"].is_outdated(password_hash):
        await _renew_hash(request, password, password_hash, account_id=known.account_id)
    return known.account_id


async def is_own_password(request: Request[State], password: str) -> bool:
    """Return whether the password is the signed-in person's; raises `TooManyRequestsError`."""
    return await find_account_of(request, request.state["account"].name, password) is not None


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


async def _renew_hash(request: Request[State], password: str, old: str, *, account_id: int) -> None:
    state = request.state
    new = await state["passwords"].hash(password)
    async with connection(state["pool"]) as db:
        await replace_hash(db, old, new, account_id=account_id)
