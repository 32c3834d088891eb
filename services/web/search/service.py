"""Puts a page of results together."""

from typing import Final

from markupsafe import escape

from services.web.chats.model import UNTITLED
from services.web.db.pool import Connection
from services.web.search.model import FoundChat, FoundMessage, Result, Results
from services.web.search.queries import (
    Search,
    count_among_newest,
    count_by_index,
    find_among_newest,
    find_by_index,
    find_titles,
    list_found,
    list_recent,
    read_terms,
)
from services.web.search.snippets import marked, snippet
from services.web.search.terms import MOST_CHARS, Terms, split_query

PAGE: Final = 20
MOST_TITLES: Final = 10
MOST_COUNTED: Final = 100
RECENT: Final = 10


async def search(
    db: Connection, query: str, *, account_id: int, before: int | None = None
) -> Results:
    """Find what an account's chats hold of `query`; without one, list the recent chats.

    Titles come first, on the first page; then messages, newest first, older than `before`.
    """
    if len(query) > MOST_CHARS:
        return Results(
            f"A search may have {MOST_CHARS} characters; this one has {len(query):,}.", []
        )
    texts = split_query(query)
    if not texts:
        recent = await list_recent(db, account_id=account_id, limit=RECENT)
        return Results("Recent chats", [_title_result(chat, None) for chat in recent])
    terms = await read_terms(db, texts)
    titles = (
        [] if before else await find_titles(db, terms, account_id=account_id, limit=MOST_TITLES + 1)
    )
    found, count = await _messages(db, Search(account_id, terms, before))
    has_more = len(found) > PAGE
    shown = await list_found(db, found[:PAGE], account_id=account_id)
    items = [_title_result(chat, terms) for chat in titles[:MOST_TITLES]]
    items += [_message_result(message, terms) for message in shown]
    most = MOST_COUNTED if len(titles) <= MOST_TITLES else min(MOST_COUNTED, MOST_TITLES + count)
    what = "result" if before is None else "older result"
    status = _status(len(titles) + count, what, most)
    return Results(status, items, found[PAGE - 1] if has_more else None)


async def _messages(db: Connection, search: Search) -> tuple[list[int], int]:
    """Find a page of messages and one more, and count all."""
    found = await find_among_newest(db, search, PAGE + 1)
    is_common = len(found) > PAGE
    if not is_common:
        found = await find_by_index(db, search, PAGE + 1)
    if len(found) <= PAGE:
        return found, len(found)
    most = MOST_COUNTED + 1
    if is_common and await count_among_newest(db, search, most) == most:
        return found, most
    return found, await count_by_index(db, search, most)


def _status(count: int, what: str, most: int) -> str:
    if count > most:
        return f"More than {most} {what}s"
    return f"{count or 'No'} {what}{'' if count == 1 else 's'}"


def _title_result(chat: FoundChat, terms: Terms | None) -> Result:
    title = chat.title or UNTITLED
    return Result(chat.id, marked(title, terms) if terms else escape(title), chat.active_at)


def _message_result(message: FoundMessage, terms: Terms) -> Result:
    return Result(
        message.chat_id,
        escape(message.title or UNTITLED),
        message.created_at,
        message.id,
        snippet(message.content, terms),
    )
