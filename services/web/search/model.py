"""What a search finds."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that holds everything that was searched for."""

    id: int
    chat_id: int
    title: str | None
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FoundChat:
    """A chat that was active last at `active_at`."""

    id: int
    title: str | None
    active_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """One link of a page of results; without a snippet the title is what was found."""

    chat_id: int
    title: Markup
    at: datetime
    message_id: int | None = None
    snippet: Markup | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """One page of results, and how the next begins; `status` says how many there are."""

    status: str
    items: list[Result]
    before: int | None = None
