"""The chats that are there before the first picture: a sidebar as somebody's after some months."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.screenshots import texts
from tests.support.site import Site
from tests.support.stored_chats import StoredChat, StoredTurn, store_chats

# How long ago the chats of `texts.TALKS` were last used, in hours.
_HOURS: Final = (1, 3, 20, 28, 30, 50, 75, 120, 200, 400, 600, 900, 2000, 5000)
_PINNED: Final = frozenset({0, 7})
_UNREAD: Final = 2


async def store(site: Site) -> dict[str, int]:
    """Store them and return their numbers by their key."""
    chats = dict(_chats())
    numbers = await store_chats(site.db, site.account_id, [*chats.values()])
    return dict(zip(chats, numbers, strict=True))


def _chats() -> Iterator[tuple[str, StoredChat]]:
    now = datetime.now(UTC)
    yield "long", StoredChat(title=texts.LONG_TITLE, turns=_long(), at=now)
    talks = zip(texts.TALKS, _HOURS, strict=True)
    for number, ((title, question, answer), hours) in enumerate(talks):
        at = now - timedelta(hours=hours)
        chat = StoredChat(
            title=title,
            turns=[StoredTurn(question=question, answer=answer)],
            at=at,
            pinned_at=at if number in _PINNED else None,
            is_unread=number == _UNREAD,
        )
        yield title, chat
    at = now - timedelta(hours=_HOURS[-1])
    yield "right-to-left", StoredChat(title="الخيوط والعمليات", turns=_arabic(), at=at)


def _long() -> list[StoredTurn]:
    return [
        StoredTurn(
            question="Can asyncio wait until a queue has been worked off?",
            answer=texts.SHORT_ANSWER,
            reasoning=texts.REASONING,
            reasoning_seconds=4.0,
        ),
        StoredTurn(question=texts.LONG_QUESTION, answer=texts.LONG_ANSWER),
    ]


def _arabic() -> list[StoredTurn]:
    return [StoredTurn(question=ask, answer=answer) for ask, answer in texts.RIGHT_TO_LEFT]
