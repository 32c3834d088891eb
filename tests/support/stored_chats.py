"""Stores whole chats at once, as if they had been written long ago."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

import asyncpg

from services.web.accounts.names import LOCAL_NAME

MODEL: Final = "llama3.2"
_QUESTION_TO_ANSWER: Final = timedelta(seconds=3)
_TURN_TO_TURN: Final = timedelta(seconds=40)
_CHARACTERS_A_TOKEN: Final = 4
_BLANK: Final[dict[str, object]] = {
    **dict.fromkeys(("id", "chat_id", "parent_id", "role", "content", "created_at", "ended_at")),
    **dict.fromkeys(("model", "prompt_tokens", "completion_tokens", "error", "reasoning_seconds")),
    "status": "complete",
    "selected": True,
    "reasoning": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A question and its answer, which is complete unless something else is said."""

    question: str
    answer: str
    status: str = "complete"
    error: str | None = None
    reasoning: str = ""
    reasoning_seconds: float | None = None
    earlier: Sequence[str] = ()
    """Answers that this one has taken the place of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChat:
    """A chat whose last turn was at `at`."""

    title: str
    turns: Sequence[StoredTurn]
    at: datetime
    pinned_at: datetime | None = None
    archived_at: datetime | None = None
    is_unread: bool = False


async def local_account(db: asyncpg.Connection) -> int:
    """Return the only account of a single-user server, which a page that was seen has made."""
    found: int = await db.fetchval("SELECT id FROM accounts WHERE name = $1", LOCAL_NAME)
    return found


async def store_chats(
    db: asyncpg.Connection, account_id: int, chats: Sequence[StoredChat]
) -> list[int]:
    """Store these chats and return their numbers."""
    chat_ids = [await _store_chat(db, account_id, chat) for chat in chats]
    first: int = await db.fetchval("SELECT coalesce(max(id), 0) + 1 FROM messages")
    numbers = count(first)
    rows = (
        row
        for chat_id, chat in zip(chat_ids, chats, strict=True)
        for row in _rows(numbers, chat_id, chat)
    )
    await db.copy_records_to_table("messages", records=rows, columns=[*_BLANK])
    # COPY takes the numbers as they are given, and tells the sequence nothing.
    await db.execute(
        "SELECT setval(pg_get_serial_sequence('messages', 'id'), max(id)) FROM messages"
    )
    return chat_ids


async def _store_chat(db: asyncpg.Connection, account_id: int, chat: StoredChat) -> int:
    begun = chat.at - len(chat.turns) * _TURN_TO_TURN
    found: int = await db.fetchval(
        "INSERT INTO chats (account_id, title, title_source, created_at, active_at, pinned_at,"
        " archived_at, is_unread) VALUES ($1, $2, 'model', $3, $4, $5, $6, $7) RETURNING id",
        *(account_id, chat.title, begun, chat.at, chat.pinned_at, chat.archived_at),
        chat.is_unread,
    )
    return found


def _rows(numbers: Iterator[int], chat_id: int, chat: StoredChat) -> Iterator[tuple[object, ...]]:
    parent: int | None = None
    for left, turn in zip(range(len(chat.turns), 0, -1), chat.turns, strict=True):
        asked = chat.at - left * _TURN_TO_TURN
        place: dict[str, object] = {"chat_id": chat_id, "created_at": asked}
        question = next(numbers)
        yield _row(place, id=question, parent_id=parent, role="user", content=turn.question)
        place |= {
            "parent_id": question,
            "role": "assistant",
            "ended_at": asked + _QUESTION_TO_ANSWER,
        }
        for content in turn.earlier:
            yield _row(place, id=next(numbers), content=content, model=MODEL, selected=False)
        parent = next(numbers)
        yield _row(place | _answer(turn), id=parent)


def _answer(turn: StoredTurn) -> dict[str, object]:
    return {
        "content": turn.answer,
        "status": turn.status,
        "error": turn.error,
        "model": MODEL,
        "prompt_tokens": _tokens(turn.question),
        "completion_tokens": _tokens(turn.answer),
        "reasoning": turn.reasoning,
        "reasoning_seconds": turn.reasoning_seconds,
    }


def _row(place: dict[str, object], **values: object) -> tuple[object, ...]:
    return tuple((_BLANK | place | values).values())


def _tokens(text: str) -> int:
    return len(text) // _CHARACTERS_A_TOKEN
