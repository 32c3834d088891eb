"""What a list of chats shows, and where a page of it begins."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self, override

from services.web.chats.model import UNTITLED

_PLACE: Final = re.compile(r"([0-9]{1,18})\.([1-9][0-9]{0,17})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ListedChat:
    """A chat as lists show it."""

    id: int
    title: str | None
    is_pinned: bool
    is_unread: bool
    is_answering: bool
    active_at: datetime

    @property
    def name(self) -> str:
        """What the chat is called."""
        return self.title or UNTITLED


@dataclass(frozen=True, slots=True)
class KeptChat:
    """A chat that was put aside: archived, or deleted and not yet purged."""

    id: int
    title: str | None
    kept_at: datetime
    """When it was put aside."""

    @property
    def name(self) -> str:
        """What the chat is called."""
        return self.title or UNTITLED


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list that is sorted by a time and an id, newest first; the next page follows."""

    time: datetime
    id: int

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read a place as `str` writes it; None for anything else."""
        match = _PLACE.fullmatch(text or "")
        if match is None:
            return None
        try:
            return cls(_EPOCH + int(match[1]) * _MICROSECOND, int(match[2]))
        except OverflowError:
            return None

    @override
    def __str__(self) -> str:
        return f"{(self.time - _EPOCH) // _MICROSECOND}.{self.id}"
