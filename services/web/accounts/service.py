"""Decides whose account a request acts for."""

from typing import Final

from services.web.accounts.model import Account
from services.web.accounts.queries import find_account, insert_account, lock_account
from services.web.db.pool import Connection

LOCAL_NAME: Final = "local"


async def local_account(db: Connection) -> Account:
    """Return the one account of a server that serves one person, creating it at first."""
    account = await find_account(db, name=LOCAL_NAME)
    while account is None:
        await insert_account(db, name=LOCAL_NAME)
        account = await find_account(db, name=LOCAL_NAME)
    return account


async def hold_account(db: Connection, *, account_id: int) -> None:
    """Keep others from creating an account's first things in this transaction."""
    await lock_account(db, account_id=account_id)
