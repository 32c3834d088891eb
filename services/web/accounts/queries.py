"""The SQL of accounts."""

from typing import Final

from services.web.accounts.model import Account
from services.web.db.pool import Connection

FIND_ACCOUNT: Final = """
SELECT id, name, preferences AS preferences_json FROM accounts WHERE name = $1
"""
INSERT_ACCOUNT: Final = """
INSERT INTO accounts (name) VALUES ($1) ON CONFLICT ON CONSTRAINT accounts_name_key DO NOTHING
"""
# Unlike `FOR UPDATE`, nothing that is stored for the account, and holds another lock, waits for it.
LOCK_ACCOUNT: Final = "SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE"


async def find_account(db: Connection, *, name: str) -> Account | None:
    """Find an account by its name."""
    row = await db.fetchrow(FIND_ACCOUNT, name)
    return Account(*row) if row else None


async def insert_account(db: Connection, *, name: str) -> None:
    """Create an account unless one has that name."""
    await db.execute(INSERT_ACCOUNT, name)


async def lock_account(db: Connection, *, account_id: int) -> None:
    """Lock an account until the transaction ends."""
    await db.execute(LOCK_ACCOUNT, account_id)
