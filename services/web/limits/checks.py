"""Refuses what a person has done too often, within the caller's transaction."""

from datetime import UTC, datetime, timedelta

from services.web.db.pool import Connection
from services.web.errors import TooManyRequestsError
from services.web.limits.model import Limits, Rate
from services.web.limits.queries import find_tokens, take
from services.web.limits.words import counted, wait_in_words


async def count_message(db: Connection, limits: Limits, *, account_id: int) -> None:
    """Count that a model is asked; raises `TooManyRequestsError`."""
    if rate := limits.messages:
        said = f"You can send {counted(rate.count, 'message')} a minute."
        await _count(db, f"messages:{account_id}", rate, said)


async def count_chat(db: Connection, limits: Limits, *, account_id: int) -> None:
    """Count that a chat is begun; raises `TooManyRequestsError`."""
    if rate := limits.chats:
        said = f"You can begin {counted(rate.count, 'chat')} an hour."
        await _count(db, f"chats:{account_id}", rate, said)


async def check_tokens(db: Connection, limits: Limits, *, account_id: int) -> None:
    """Raise `TooManyRequestsError` if the account has used the tokens of today (UTC)."""
    most = limits.tokens_per_day
    if most is None or await find_tokens(db, account_id=account_id) < most:
        return
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    seconds = (midnight - now).total_seconds()
    said = f"You have used the {counted(most, 'token')} of today."
    raise TooManyRequestsError(f"{said} {_again(seconds)}", seconds=seconds)


async def _count(db: Connection, key: str, rate: Rate, said: str) -> None:
    seconds = await take(db, key, rate)
    if seconds is not None:
        raise TooManyRequestsError(f"{said} {_again(seconds)}", seconds=seconds)


def _again(seconds: float) -> str:
    return f"Please try again in {wait_in_words(seconds)}."
