"""Asking in a chat, and what the server says without Natter in between."""

from itertools import cycle
from typing import Final

import httpx2

from services.shared.bus.answer_log import read_answer_log
from tests.faults.natter import Natter
from tests.models.servers import Served
from tests.support.chatting.chat import Chat
from tests.support.chatting.stored import Stored
from tests.support.waiting import DEADLINE_SECONDS, until

QUESTION: Final = "Why is the sea salt?"
LEAST: Final = 500
"""Characters that an answer has, so that something can happen in its middle."""
BEGUN: Final = 60
OK: Final = 200


async def until_answering(served: Served) -> None:
    """Wait until the server lists its model, and what may be behind it does; begin that if dead."""
    process = served.process
    if process.process is None or process.process.poll() is not None:
        process.begin()
    await process.until_ready()
    async with client_of(served) as client:

        async def is_answering() -> bool:
            try:
                return (await client.get("models")).status_code == OK
            except httpx2.TransportError:
                return False

        await until(is_answering)


async def uninterrupted(served: Served, *said: str) -> str:
    """Ask the server itself, in one piece; what was `said` is the user's and its own in turn."""
    roles = cycle(("user", "assistant"))
    messages = [{"role": role, "content": each} for role, each in zip(roles, said, strict=False)]
    body = {"model": served.model, "messages": messages, "temperature": 0}
    async with client_of(served) as client:
        answer = await client.post("chat/completions", json=body)
    assert answer.status_code == OK, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


async def again(chat: Chat, answer: int, action: str) -> Stored:
    """Press Retry or Regenerate, and wait until the new version has ended."""
    await chat.ask(answer, action)
    (new,) = [m.id for m in await chat.stored() if m.role == "assistant" and m.id != answer]
    return await ended(chat, new)


async def whole_answer(served: Served) -> str:
    """Ask the server itself what it answers to the question."""
    whole = await uninterrupted(served, QUESTION)
    assert len(whole) > LEAST
    return whole


def client_of(served: Served) -> httpx2.AsyncClient:
    """Return a client whose addresses are below the base URL."""
    key = {"authorization": f"Bearer {served.key}"}
    return httpx2.AsyncClient(base_url=f"{served.base_url}/", headers=key, timeout=DEADLINE_SECONDS)


async def logged_text(natter: Natter, answer: int) -> str:
    """Return how much of an answer has been written."""
    logged = await read_answer_log(natter.bus, answer)
    return "" if logged is None else logged.text


async def until_begun(natter: Natter, answer: int, more_than: int = BEGUN) -> None:
    """Wait until an answer has more than so many characters."""

    async def has_begun() -> bool:
        return len(await logged_text(natter, answer)) > more_than

    await until(has_begun)


async def ended(chat: Chat, answer: int) -> Stored:
    """Wait until the answer has ended, however."""
    (stored,) = await chat.until_ended([answer], DEADLINE_SECONDS)
    return stored
