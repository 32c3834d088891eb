"""Reads the list of chats page by page."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from services.web.chats.listing.groups import Group, grouped
from services.web.chats.listing.model import ListedChat, Place
from services.web.chats.listing.queries import list_before, list_newest, list_pinned
from services.web.db.pool import Connection

PAGE_ROWS: Final = 40
"""So few that the page of a long chat, with its sidebar, has less than 2,000 elements."""
MOST_ROWS: Final = 1000
"""A page that is read again has as many rows as the reader has loaded, up to this many."""
MOST_PINNED: Final = 100


@dataclass(frozen=True, slots=True)
class ChatsPage:
    """A page of the list; `older` is where the next one begins, None at the end."""

    groups: list[Group]
    older: Place | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no chat on it."""
        return not any(group.chats for group in self.groups)


async def read_first_page(
    db: Connection, *, account_id: int, zone: tzinfo, rows: int = PAGE_ROWS
) -> ChatsPage:
    """Read the pinned chats and the newest `rows` others, grouped by the days of `zone`."""
    limit = min(max(rows, PAGE_ROWS), MOST_ROWS)
    pinned = await list_pinned(db, account_id=account_id, limit=MOST_PINNED)
    newest = await list_newest(db, account_id=account_id, limit=limit + 1)
    return _page(pinned, newest, limit, zone)


async def read_page_after(
    db: Connection, place: Place, *, account_id: int, zone: tzinfo
) -> ChatsPage:
    """Read the page that follows `place`."""
    chats = await list_before(db, place, account_id=account_id, limit=PAGE_ROWS + 1)
    return _page([], chats, PAGE_ROWS, zone)


def _page(pinned: list[ListedChat], chats: list[ListedChat], limit: int, zone: tzinfo) -> ChatsPage:
    """Make a page of up to `limit` chats; one more of them tells that others follow."""
    shown = chats[:limit]
    last = shown[-1] if len(chats) > limit else None
    older = Place(last.active_at, last.id) if last else None
    return ChatsPage(grouped([*pinned, *shown], zone), older)
