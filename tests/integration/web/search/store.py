"""Chats and messages of the local account, stored as they are; and what a search shows of them."""

import re
from html import unescape

import httpx2

from services.web.accounts.guards import local_account
from services.web.db.pool import Connection
from tests.support.stack import Web

INSERT_CHAT = """
INSERT INTO chats (account_id, title, active_at) VALUES ($1, $2, now()) RETURNING id
"""
INSERT_MESSAGE = """
INSERT INTO messages (chat_id, role, status, content, selected)
VALUES ($1, 'user', 'complete', $2, false) RETURNING id
"""
RESULT = re.compile(
    r'<li class="result">.*?href="(?P<link>[^"]*)"'
    r'.*?class="result__title"[^>]*>(?P<title>.*?)</span>'
    r'(?:\s*<span class="result__snippet"[^>]*>(?P<snippet>.*?)</span>)?',
    re.DOTALL,
)


async def store_chat(db: Connection, *texts: str, title: str | None = "A chat") -> int:
    """Store a chat with these messages; return its id."""
    account = await local_account(db)
    chat: int = await db.fetchval(INSERT_CHAT, account.id, title)
    for text in texts:
        await db.fetchval(INSERT_MESSAGE, chat, text)
    return chat


async def look_for(web: Web, query: str | None = None, **fields: str | int) -> httpx2.Response:
    """Ask for the page of results."""
    given = {} if query is None else {"q": query}
    return await web.client.get("/search/", params={**given, **fields})


async def found(web: Web, query: str) -> list[str]:
    """Return the titles and snippets that a search shows, marks included."""
    answer = await look_for(web, query)
    assert answer.status_code == 200
    return [unescape(result["snippet"] or result["title"]) for result in results(answer.text)]


def results(html: str) -> list[re.Match[str]]:
    """The results of a page, in order."""
    return list(RESULT.finditer(html))


def status(html: str) -> str:
    """What the page says about the results."""
    (said,) = re.findall(r'<p class="results__status"[^>]*>(.*?)</p>', html)
    return unescape(str(said))
