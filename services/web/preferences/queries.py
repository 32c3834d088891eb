"""The SQL of what a person has chosen."""

from typing import Final

from services.web.db.pool import Connection

SET_PREFERENCES: Final = """
UPDATE accounts SET preferences = preferences || $2::jsonb WHERE id = $1
"""


async def set_preferences(db: Connection, *, account_id: int, chosen: str) -> None:
    """Store choices, a JSON object; all others stay."""
    await db.execute(SET_PREFERENCES, account_id, chosen)
