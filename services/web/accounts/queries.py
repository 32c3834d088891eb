"""The SQL of accounts."""

from typing import Final

from services.web.accounts.model import Account, Credentials, NewAccount
from services.web.db.pool import Connection

FIND_ACCOUNT: Final = """
SELECT id, name, is_admin, preferences AS preferences_json FROM accounts WHERE name = $1
"""
INSERT_ACCOUNT: Final = """
INSERT INTO accounts (name) VALUES ($1) ON CONFLICT ON CONSTRAINT accounts_name_key DO NOTHING
"""
# Unlike `FOR UPDATE`, nothing that is stored for the account, and holds another lock, waits for it.
LOCK_ACCOUNT: Final = "SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE"
FIND_CREDENTIALS: Final = """
SELECT id AS account_id, password_hash, disabled_at IS NOT NULL AS is_disabled FROM accounts
WHERE name = $1 AND deleted_at IS NULL
"""
LOCK_CREDENTIALS: Final = """
SELECT id AS account_id, password_hash, disabled_at IS NOT NULL AS is_disabled FROM accounts
WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE
"""
CREATE_ACCOUNT: Final = """
INSERT INTO accounts (name, password_hash, is_admin) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT accounts_name_key DO NOTHING RETURNING id
"""
ADOPT_ACCOUNT: Final = """
UPDATE accounts SET name = $2, password_hash = $3, is_admin = $4
WHERE name = $1 AND password_hash IS NULL
    AND NOT EXISTS (SELECT FROM accounts WHERE name = $2)
RETURNING id
"""
SET_PASSWORD: Final = "UPDATE accounts SET password_hash = $2 WHERE id = $1"  # noqa: S105 - SQL
REPLACE_HASH: Final = """
UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2
"""
SET_DISABLED: Final = """
UPDATE accounts SET disabled_at = CASE WHEN $2::boolean THEN coalesce(disabled_at, now()) END
WHERE name = $1 AND deleted_at IS NULL RETURNING id
"""
HAS_ADMIN: Final = """
SELECT EXISTS (SELECT FROM accounts WHERE is_admin AND deleted_at IS NULL)
"""
# Nobody makes an account meanwhile; reading goes on.
LOCK_ACCOUNTS: Final = "LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE"


async def find_account(db: Connection, *, name: str) -> Account | None:
    """Find an account by its name."""
    row = await db.fetchrow(FIND_ACCOUNT, name)
    return Account(*row) if row else None


async def insert_account(db: Connection, *, name: str) -> None:
    """Create an account without a password unless one has that name."""
    await db.execute(INSERT_ACCOUNT, name)


async def lock_account(db: Connection, *, account_id: int) -> None:
    """Lock an account until the transaction ends."""
    await db.execute(LOCK_ACCOUNT, account_id)


async def find_credentials(db: Connection, *, name: str) -> Credentials | None:
    """Find what a sign-in as `name` is checked against."""
    row = await db.fetchrow(FIND_CREDENTIALS, name)
    return Credentials(*row) if row else None


async def lock_credentials(db: Connection, *, account_id: int) -> Credentials | None:
    """Return what a sign-in is checked against, and keep it until the transaction ends."""
    row = await db.fetchrow(LOCK_CREDENTIALS, account_id)
    return Credentials(*row) if row else None


async def create_account(db: Connection, account: NewAccount) -> int | None:
    """Create an account and return its id; None if the name is taken."""
    created: int | None = await db.fetchval(
        CREATE_ACCOUNT, account.name, account.password_hash, account.is_admin
    )
    return created


async def adopt_account(db: Connection, account: NewAccount, *, of: str) -> int | None:
    """Make the account `of`, which has no password, the new one, with its chats.

    Returns its id; None if there is no such account, or the name is taken.
    """
    adopted: int | None = await db.fetchval(
        ADOPT_ACCOUNT, of, account.name, account.password_hash, account.is_admin
    )
    return adopted


async def set_password(db: Connection, password_hash: str, *, account_id: int) -> None:
    """Store an account's new password."""
    await db.execute(SET_PASSWORD, account_id, password_hash)


async def replace_hash(db: Connection, old: str, new: str, *, account_id: int) -> None:
    """Store another hash of the same password, unless the password has changed meanwhile."""
    await db.execute(REPLACE_HASH, account_id, old, new)


async def set_disabled(db: Connection, *, name: str, is_disabled: bool) -> int | None:
    """Disable an account or enable it again; return its id, None if there is none."""
    changed: int | None = await db.fetchval(SET_DISABLED, name, is_disabled)
    return changed


async def has_admin(db: Connection) -> bool:
    """Return whether the server has an administrator."""
    found: bool = await db.fetchval(HAS_ADMIN)
    return found


async def lock_accounts(db: Connection) -> None:
    """Keep others from making accounts until the transaction ends."""
    await db.execute(LOCK_ACCOUNTS)
