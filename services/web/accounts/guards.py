"""Finds the account that a request acts for."""

from typing import Final

from starlette.requests import Request

from services.web.accounts.model import Account
from services.web.accounts.queries import find_account, insert_account
from services.web.db.pool import Connection, connection
from services.web.errors import NotSignedInError
from services.web.state import State

LOCAL_NAME: Final = "local"


async def signed_in(request: Request[State]) -> None:
    """Keep the signed-in account as `state["account"]`; raises `NotSignedInError`."""
    if not request.state["settings"].single_user:
        raise NotSignedInError
    async with connection(request.state["pool"]) as db:
        request.state["account"] = await local_account(db)


async def local_account(db: Connection) -> Account:
    """Return the only account of a single-user server; the first call creates it."""
    account = await find_account(db, name=LOCAL_NAME)
    while account is None:
        await insert_account(db, name=LOCAL_NAME)
        account = await find_account(db, name=LOCAL_NAME)
    return account
