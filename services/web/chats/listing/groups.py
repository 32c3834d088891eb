"""Groups chats by the day on which they were last active, as the reader counts days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
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


@dataclass(frozen=True, slots=True)
class Group:
    """Some chats below one heading; `key` is part of the element's id."""

    key: str
    title: str
    chats: list[ListedChat]


def grouped(chats: Iterable[ListedChat], zone: tzinfo) -> list[Group]:
    """Put chats into all groups, in their order; a group may be empty."""
    today = datetime.now(zone).date()
    groups = {key: Group(key, title, []) for key, title in GROUPS.items()}
    for chat in chats:
        groups[_key(chat, today, zone)].chats.append(chat)
    return list(groups.values())


def _key(chat: ListedChat, today: date, zone: tzinfo) -> str:
    if chat.is_pinned:
        return "pinned"
    days = (today - chat.active_at.astimezone(zone).date()).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    return "week" if days <= 7 else "month" if days <= 30 else "older"  # noqa: PLR2004 - a week, a month
