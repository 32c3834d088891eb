"""Asks a model for the title of a chat."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.ai.provider.ask import Ask
from services.ai.provider.errors import EndpointError
from services.ai.provider.stream.pieces import Piece
from services.ai.titles.choosing import LONGEST_ANSWER, clean_title
from services.shared.bus.messages import Turn
from services.shared.process.logging import get_logger

TITLE_SECONDS: Final = 30.0
# A title has about ten tokens; the rest is for models that reason although asked not to.
MAX_TOKENS: Final = 2000
EXCERPT_TURNS: Final = 4
EXCERPT_CHARS: Final = 1500

INSTRUCTIONS: Final = (
    "You write titles for chats. You are shown how a chat began, and reply with a title for it and"
    " nothing else: two to six words that say what the chat is about, in the language in which the"
    " user writes. No quotation marks, no Markdown, no full stop. Never answer what is asked in"
    " the chat."
)
REQUEST: Final = "Write the title of this chat now, in the language in which the user writes."

log = get_logger("ai.titles")


class Answering(Protocol):
    """The part of a connection to a model that titles need."""

    def answer(self, ask: Ask) -> AbstractAsyncContextManager[AsyncIterator[Piece]]:
        """Ask, and yield the stream of the answer's pieces."""


async def write_title(
    connection: Answering,
    turns: Iterable[Turn],
    *,
    model: str | None = None,
    seconds: float = TITLE_SECONDS,
) -> str | None:
    """Return a title for the chat that began with `turns`, of at most 60 characters on one line.

    None where there is no answer, none within `seconds`, or none that could be a title.
    """
    ask = Ask(turns=_prompt(turns), model=model, max_tokens=MAX_TOKENS, thinks=False)
    try:
        async with asyncio.timeout(seconds):
            return clean_title(await _answer(connection, ask))
    except EndpointError as error:
        log.info("no_title", error=error.error_class, cause=error.diagnosis)
    except TimeoutError:
        log.info("no_title", error="timeout")
    return None


def _prompt(turns: Iterable[Turn]) -> list[Turn]:
    names = {"user": "User", "assistant": "Assistant"}
    shown = [turn for turn in turns if turn.role in names][:EXCERPT_TURNS]
    said = (f"{names[turn.role]}: {_excerpt(turn.content)}" for turn in shown)
    chat = "\n\n".join(said)
    return [
        Turn(role="system", content=INSTRUCTIONS),
        Turn(role="user", content=f"<chat>\n{chat}\n</chat>\n\n{REQUEST}"),
    ]


def _excerpt(text: str) -> str:
    text = text.strip()
    return text if len(text) <= EXCERPT_CHARS else f"{text[:EXCERPT_CHARS]} […]"


async def _answer(connection: Answering, ask: Ask) -> str:
    """Return the answer's text without reasoning; "" where it is filtered or far too long."""
    text = ""
    async with connection.answer(ask) as pieces:
        async for piece in pieces:
            text = "" if piece.recast else text
            text += piece.text
            if piece.finish_reason == "content_filter":
                return ""
            if len(text) > LONGEST_ANSWER:
                return ""
    return text
