"""The web service as its tests use it: where things are, and what of a page they look at."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx2

from services.shared.bus.connection import Bus
from services.web.app import create_app
from services.web.db.pool import Connection
from services.web.settings import WebSettings
from tests.support.http import http_client
from tests.support.servers import serving
from tests.support.stack import Web
from tests.support.waiting import until

# The rest of an opening tag; a quoted value may hold a `>`.
_ATTRIBUTES = r'(?:"[^"]*"|[^">])*'

ACCOUNTS = "turbo_stream.account_"

TURBO = {"accept": "text/vnd.turbo-stream.html, text/html, application/xhtml+xml"}
FRAME = {**TURBO, "turbo-frame": "message-create-frame"}


@asynccontextmanager
async def running_web(settings: WebSettings) -> AsyncIterator[Web]:
    async with serving(create_app(settings)) as address, http_client(f"http://{address}") as client:
        yield Web(address, client)


def list_path(chat: int) -> str:
    return f"/chat/{chat}/message/list/"


def form_path(chat: int) -> str:
    return f"/chat/{chat}/message/create/"


def chat_in(location: str) -> int:
    match = re.fullmatch(r"/chat/(\d+)/message/list/", location)
    assert match, location
    return int(match[1])


async def new_chat(web: Web) -> int:
    response = await web.client.post("/chat/", data={"fresh": "1"})
    assert response.status_code == 303
    return chat_in(response.headers["location"])


async def chat_of_somebody_else(db: Connection) -> int:
    account = await db.fetchval("INSERT INTO accounts (name) VALUES ('stranger') RETURNING id")
    chat = await db.fetchval(
        "INSERT INTO chats (account_id, title) VALUES ($1, 'Private') RETURNING id", account
    )
    assert isinstance(chat, int)
    return chat


async def send(web: Web, chat: int, content: str, **fields: str) -> httpx2.Response:
    data = {"content": content, **fields}
    return await web.client.post(form_path(chat), data=data, headers=TURBO)


async def ask(web: Web, chat: int, content: str = "Hello?") -> int:
    """Send a message and return the id of the answer to it."""
    return messages_in((await send(web, chat, content)).text)[1][0]


def action_path(chat: int, message: int, action: str) -> str:
    return f"/chat/{chat}/message/{message}/{action}/"


def frame(html: str) -> str:
    """The one Turbo Frame of a page, which is what Turbo takes out of it."""
    (found,) = re.findall(
        r'<turbo-frame id="message-create-frame".*?</turbo-frame>', html, re.DOTALL
    )
    assert isinstance(found, str)
    return found


def text_in_the_box(html: str) -> str:
    """What a browser would show in the text box: a parser drops the first newline."""
    match = re.search(rf"<textarea{_ATTRIBUTES}>(.*?)</textarea>", frame(html), re.DOTALL)
    assert match
    return unescape(match[1].removeprefix("\n"))


def error_in(html: str) -> str:
    pattern = rf'<p id="message-content-error"({_ATTRIBUTES})>(.*?)</p>'
    match = re.search(pattern, frame(html), re.DOTALL)
    assert match
    assert " hidden" not in match[1]
    return unescape(match[2])


def messages_in(html: str) -> list[tuple[int, str]]:
    """The messages of a page or a stream: id and author, in order."""
    found = re.findall(r'<article id="message_(\d+)" class="message message--(\w+)"', html)
    return [(int(number), author) for number, author in found]


def text_of_message(html: str, message_id: int) -> str:
    match = re.search(rf'<div id="message_{message_id}_done"[^>]*>(.*?)</div>', html, re.DOTALL)
    assert match
    return unescape(match[1])


async def published(bus: Bus, stream: str, count: int) -> list[tuple[str, bytes]]:
    """Wait until a stream holds `count` messages, and no more; return them in order.

    Those for the pages of an account, which every change of a chat sends, are left out.
    """

    async def found() -> list[tuple[str, bytes]]:
        return [each for each in await stored(bus, stream) if not each[0].startswith(ACCOUNTS)]

    async def has_them() -> bool:
        return len(await found()) >= count

    await until(has_them)
    messages = await found()
    assert len(messages) == count
    return messages


async def stored(bus: Bus, stream: str) -> list[tuple[str, bytes]]:
    """List what a stream holds: subjects and messages, in order."""
    state = (await bus.jetstream.stream_info(stream)).state
    if not state.messages:
        return []
    messages = [
        await bus.jetstream.get_msg(stream, sequence)
        for sequence in range(state.first_seq, state.last_seq + 1)
    ]
    return [(message.subject or "", message.data or b"") for message in messages]
