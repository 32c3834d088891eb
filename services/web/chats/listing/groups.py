"""Groups chats by the day on which they were last active, as the reader counts days."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.web.chats.listing.model import ListedChat

GROUPS: Final = {
    "pinned": "Pinned",
    "today": "Today",
    "yesterday": "Yesterday",
    "week": "Previous 7 days",
    "month": "Previous 30 days",
    "older": "Older",
}
OFFSET_COOKIE: Final = "utc-offset"
"""Cookie of the page's script: how many minutes the reader's clock is ahead of UTC."""
_MINUTES: Final = re.compile(r"-?[0-9]{1,3}", re.ASCII)
# The islands at the date line are the farthest from UTC.
_FARTHEST: Final = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Group:
    """Some chats below one heading; `key` is part of the element's id."""

    key: str
    title: str
    chats: list[ListedChat]


def utc_offset(cookie: str | None) -> timedelta:
    """Read how far the reader's clock is ahead of UTC; a value that is no such number is none."""
    if not cookie or _MINUTES.fullmatch(cookie) is None:
        return timedelta()
    offset = timedelta(minutes=int(cookie))
    return offset if abs(offset) <= _FARTHEST else timedelta()


def grouped(
    chats: Iterable[ListedChat], offset: timedelta, now: datetime | None = None
) -> list[Group]:
    """Put chats into all groups, in their order; a group may be empty."""
    today = (now or datetime.now(UTC)) + offset
    groups = {key: Group(key, title, []) for key, title in GROUPS.items()}
    for chat in chats:
        groups[_key(chat, today, offset)].chats.append(chat)
    return list(groups.values())


def _key(chat: ListedChat, today: datetime, offset: timedelta) -> str:
    if chat.is_pinned:
        return "pinned"
    days = (today.date() - (chat.active_at + offset).date()).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    return "week" if days <= 7 else "month" if days <= 30 else "older"  # noqa: PLR2004 - a week, a month
