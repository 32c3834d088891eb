"""Has a model find a title for a chat, and makes one line of whatever it answers."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.ai.provider.asking import Ask
from services.ai.provider.chunks import Piece
from services.ai.provider.errors import EndpointError
from services.shared.logging import get_logger
from services.shared.messages import Turn

TITLE_SECONDS: Final = 30.0
TITLE_CHARS: Final = 60
# A title has about ten tokens; the rest is for models that think although they were told not to.
MAX_TOKENS: Final = 2000
LONGEST_ANSWER: Final = 32_000
# Whoever writes more than this on one line has not written a title.
LONGEST_LINE: Final = 400
LAST_LINES: Final = 20
TOLD_TURNS: Final = 4
TOLD_CHARS: Final = 1500

INSTRUCTIONS: Final = (
    "You write titles for chats. You are shown how a chat began, and reply with a title for it and"
    " nothing else: two to six words that say what the chat is about, in the language in which the"
    " user writes. No quotation marks, no Markdown, no full stop. Never answer what is asked in"
    " the chat."
)
REQUEST: Final = "Write the title of this chat now, in the language in which the user writes."

_THOUGHTS: Final = re.compile(
    r"<(think|thinking|reason|reasoning|thought)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
_END_OF_THOUGHTS: Final = re.compile(
    r"</(?:think|thinking|reason|reasoning|thought)>", re.IGNORECASE
)
_TAG: Final = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_LABEL: Final = re.compile(
    "(?:chat )?(?:title|titel|titre|título|titolo|tytuł|заголовок|название|标题|標題|タイトル|제목)"
    r"\s*[:：]\s*",  # noqa: RUF001 - the colon of Chinese and Japanese
    re.IGNORECASE,
)
_LINE_MARKUP: Final = re.compile(r"\A(?:#{1,6}\s+|[-*+>]\s+|[0-9]{1,2}[.)]\s+)+")
_EMPHASIS: Final = re.compile(r"(\*{2,3}|`+|~~)(\S|\S.*?\S)\1")
_QUOTES: Final = "\"'`´‘’‚“”„«»‹›「」『』《》*_"  # noqa: RUF001 - quotation marks of many languages
_ENDS: Final = ".:;,。：；，、"  # noqa: RUF001 - the same in Chinese and Japanese
_JOINERS: Final = "\u200c\u200d"
"""Invisible characters that emoji and Persian need."""

log = get_logger("ai.titles")


class Answering(Protocol):
    """What is needed of a connection to a model."""

    def answer(self, ask: Ask) -> AbstractAsyncContextManager[AsyncIterator[Piece]]:
        """Ask, and give the stream of the answer's pieces."""


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


def clean_title(answer: str) -> str | None:
    """Find the title in what a model answered: the last line, or the last that is labelled so.

    The title is plain text that may hold `<` and `&`.
    """
    text = _END_OF_THOUGHTS.split(_THOUGHTS.sub("", answer[:LONGEST_ANSWER]))[-1]
    lines = [line for line in text.splitlines() if _says_something(line)][-LAST_LINES:]
    labelled = [line for line in lines if _is_labelled(line)]
    last = (labelled or lines or [""])[-1]
    if len(last) > LONGEST_LINE:
        return None
    title = _shortened(_bare(_unmarked(last)))
    return title if _says_something(title) else None


def _prompt(turns: Iterable[Turn]) -> list[Turn]:
    names = {"user": "User", "assistant": "Assistant"}
    told = [turn for turn in turns if turn.role in names][:TOLD_TURNS]
    said = (f"{names[turn.role]}: {_excerpt(turn.content)}" for turn in told)
    chat = "\n\n".join(said)
    return [
        Turn(role="system", content=INSTRUCTIONS),
        Turn(role="user", content=f"<chat>\n{chat}\n</chat>\n\n{REQUEST}"),
    ]


def _excerpt(text: str) -> str:
    text = text.strip()
    return text if len(text) <= TOLD_CHARS else f"{text[:TOLD_CHARS]} […]"


async def _answer(connection: Answering, ask: Ask) -> str:
    """Return the text of the answer, without its reasoning; nothing where it is far too long."""
    text = ""
    async with connection.answer(ask) as pieces:
        async for piece in pieces:
            text = "" if piece.recast else text
            text += piece.text
            if len(text) > LONGEST_ANSWER:
                return ""
    return text


def _is_labelled(line: str) -> bool:
    plain = _unmarked(line)
    label = _LABEL.match(plain)
    return label is not None and _says_something(plain[label.end() :])


def _unmarked(line: str) -> str:
    """Return `line` without markup and without characters that are not seen."""
    seen = "".join(map(_seen, line[: LONGEST_LINE + 1]))
    plain = _LINE_MARKUP.sub("", " ".join(_TAG.sub("", seen).split()))
    return _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", plain)).strip()


def _seen(char: str) -> str:
    """Return what is seen of a character: a control separates, others of their kind are nothing."""
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "" if category[0] == "C" and char not in _JOINERS else char


def _bare(title: str) -> str:
    """Strip the label, quotation marks and a full stop, in whichever order they stand."""
    before = ""
    while title != before:
        before = title
        title = _unquoted(_LABEL.sub("", title, count=1) if _LABEL.match(title) else title)
        title = title if title.endswith(("...", "…")) else title.rstrip(_ENDS)
    return title


def _unquoted(title: str) -> str:
    title = title.strip()
    first, inner, last = title[:1], title[1:-1], title[-1:]
    is_quoted = inner and first in _QUOTES and last in _QUOTES
    return inner.strip() if is_quoted and first not in inner and last not in inner else title


def _shortened(title: str) -> str:
    if len(title) <= TITLE_CHARS:
        return title
    cut = title[: TITLE_CHARS - 1]
    words = cut.rpartition(" ")[0]
    kept = words if len(words) > TITLE_CHARS // 2 else cut
    return f"{kept.rstrip(f' {_ENDS}{_JOINERS}')}…"


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)
