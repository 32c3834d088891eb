"""A message: what a person wrote, or the answer to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.shared.messages import ErrorClass

type Author = Literal["user", "assistant"]
type StoredStatus = Literal["queued", "complete", "failed"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is stored; an answer is `queued` until its result has come."""

    id: int
    role: Author
    status: StoredStatus
    content: str
    error: ErrorClass | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants to say; `key` is the same when it is sent twice."""

    content: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Exchange:
    """A person's message and the answer to it."""

    question: Message
    answer: Message
