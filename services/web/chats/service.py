"""Decides which chat is opened and what it is called."""

from typing import Final

from services.shared.markdown.words import plain_words
from services.web.accounts.service import hold_account
from services.web.chats.model import Chat, ChatKey
from services.web.chats.queries import (
    count_title_try,
    find_chat,
    find_newest_chat,
    insert_chat,
    list_chats,
    lock_chat,
    name_chat,
    rename_chat,
)
from services.web.db.pool import Connection
from services.web.errors import NotFoundError

SIDEBAR_CHATS: Final = 200
TITLE_CHARS: Final = 60
TITLE_TRIES: Final = 3
LARGEST_ID: Final = 2**63 - 1
# Zero-width joiner and non-joiner: not printable by themselves, but emoji and Persian need them.
JOINERS: Final = "\u200c\u200d"


async def create_chat(db: Connection, *, account_id: int) -> Chat:
    """Create an empty chat."""
    return await insert_chat(db, account_id=account_id)


async def newest_chat(db: Connection, *, account_id: int) -> Chat:
    """Return the account's newest chat, creating one if there is none."""
    chat = await find_newest_chat(db, account_id=account_id)
    if chat is None:
        # Two tabs that open first at the same time are led to the same chat.
        await hold_account(db, account_id=account_id)
        chat = await find_newest_chat(db, account_id=account_id)
    return chat or await create_chat(db, account_id=account_id)


async def own_chat(db: Connection, *, account_id: int, chat_id: int) -> Chat:
    """Return a chat of the account; somebody else's is not found, like one that is not there."""
    chat = await find_chat(db, account_id=account_id, chat_id=chat_id)
    if chat is None:
        raise NotFoundError
    return chat


async def hold_chat(db: Connection, chat: ChatKey) -> Chat:
    """Return a chat of the account and keep others from writing to it in this transaction."""
    held = await lock_chat(db, chat)
    if held is None:
        raise NotFoundError
    return held


async def sidebar_chats(db: Connection, *, account_id: int) -> list[Chat]:
    """List the chats that the sidebar shows, newest first."""
    return await list_chats(db, account_id=account_id, limit=SIDEBAR_CHATS)


async def name_after(db: Connection, chat: ChatKey, text: str) -> str | None:
    """Name a chat after the first words said in it; return the title where that gives a new one."""
    title = shortened(_seen(plain_words(text))) or shortened(_seen(text))
    return title if title and await name_chat(db, chat, title) else None


async def may_ask_for_title(db: Connection, chat: ChatKey) -> bool:
    """Tell, and count, whether a model is to be asked for the title: three times at most."""
    return await count_title_try(db, chat, most=TITLE_TRIES)


async def take_title(db: Connection, chat_id: int, found: str) -> str | None:
    """Name a chat as a model proposes, unless it has a title from elsewhere than its prompt.

    Return the title as it is shown, None where there is none to show.
    """
    title = shortened(_seen(found))
    if not title or chat_id > LARGEST_ID:
        return None
    return title if await rename_chat(db, chat_id, title) else None


def shortened(text: str) -> str:
    """Return the first words of `text`, on one line, in at most 60 characters."""
    line = " ".join(text.lstrip()[: TITLE_CHARS * 8].split())
    if len(line) <= TITLE_CHARS:
        return line
    cut = line[: TITLE_CHARS - 1]
    words = cut.rpartition(" ")[0] if len(cut.rpartition(" ")[0]) > TITLE_CHARS // 2 else cut
    return f"{words.rstrip()}…"


def _seen(text: str) -> str:
    """Return `text` without what is not seen, or turns around what stands beside it."""
    shown = (char if char.isprintable() or char in JOINERS else " " for char in text)
    return "".join(shown).strip(f" {JOINERS}")
