"""Finds the account that a request acts for."""

import time
from functools import partial

from starlette.requests import Request

from services.web.accounts.model import Account
from services.web.accounts.names import LOCAL_NAME
from services.web.accounts.queries import find_account, insert_account
from services.web.accounts.sessions.device import device_of
from services.web.accounts.sessions.model import Lifetimes, Session, hash_token
from services.web.accounts.sessions.queries import find_session, note_use
from services.web.db.pool import Connection, connection
from services.web.errors import NotFoundError, NotSignedInError
from services.web.session_cookie import require_private_connection, session_token
from services.web.state import State


async def signed_in(request: Request[State]) -> None:
    """Keep the signed-in account as `state["account"]`, and its session as `state["session"]`.

    Raises `NotSignedInError`. A server of one user has no sessions.
    """
    state = request.state
    async with connection(state["pool"]) as db:
        if state["settings"].single_user:
            state["account"] = await local_account(db)
        else:
            await _find_session(request, db)


async def still_signed_in(request: Request[State]) -> None:
    """Check the session of a long request again; raises `NotSignedInError`.

    From then on the request is one of the present moment. A server of one user has no sessions.
    """
    if not request.state["settings"].single_user:
        await signed_in(request)


async def has_accounts(request: Request[State]) -> None:
    """Let requests about accounts pass where there are accounts, over a private connection.

    Raises `NotFoundError` on a server of one user, `PlainHttpError` on a network without TLS.
    """
    if request.state["settings"].single_user:
        raise NotFoundError
    require_private_connection(request)


async def local_account(db: Connection) -> Account:
    """Return the only account of a single-user server; the first call creates it."""
    account = await find_account(db, name=LOCAL_NAME)
    while account is None:
        await insert_account(db, name=LOCAL_NAME)
        account = await find_account(db, name=LOCAL_NAME)
    return account


async def _find_session(request: Request[State], db: Connection) -> None:
    state = request.state
    # A revocation between this and the end of the request refuses what the request is given.
    checked_at = time.time()
    token = session_token(request)
    if token is None:
        raise NotSignedInError
    lifetimes = Lifetimes.of(state["settings"])
    found = await find_session(db, hash_token(token), lifetimes)
    if found is None:
        raise NotSignedInError
    if found.is_used_anew:
        device, after = device_of(request), lifetimes.note_use_after
        await note_use(db, found.session_id, device, account_id=found.account_id, after=after)
    state["account"] = found.account
    state["session"] = Session(found.session_id, token, checked_at)
    state["check_session"] = partial(still_signed_in, request)
