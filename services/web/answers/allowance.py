"""Refuses questions beyond what a person may ask."""

from typing import Final

from services.web.answers.queries import count_unfinished, lock_turns
from services.web.db.pool import Connection
from services.web.errors import TooManyRequestsError
from services.web.limits.checks import check_tokens, count_message
from services.web.limits.model import Limits
from services.web.limits.words import counted

# Nobody knows when an answer ends.
ENDS_IN_SECONDS: Final = 10


async def allow_question(db: Connection, limits: Limits, *, account_id: int) -> None:
    """Count that a person asks for an answer; raises `TooManyRequestsError`.

    The caller has locked the chat, and asks within the same transaction.
    """
    await check_tokens(db, limits, account_id=account_id)
    await count_message(db, limits, account_id=account_id)
    most = limits.answers_waiting
    if most is None:
        return
    await lock_turns(db, account_id=account_id)
    if await count_unfinished(db, account_id=account_id) >= most:
        unfinished = counted(most, "unfinished answer")
        said = f"You have {unfinished}. Please wait until one has ended, or stop one."
        raise TooManyRequestsError(said, seconds=ENDS_IN_SECONDS)
