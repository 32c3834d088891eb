"""A message: what a person wrote, or the answer to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.shared.bus.answer_errors import EndpointDetails
from services.shared.bus.messages import Versions
from services.web.models.model import Choice

type Author = Literal["user", "assistant"]
type StoredStatus = Literal["waiting", "queued", "complete", "stopped", "failed"]

UNFINISHED: Final = frozenset({"waiting", "queued"})


@dataclass(frozen=True, slots=True)
class Message:
    """One stored message, and its place among its versions, which count from 1.

    An answer is `waiting` for its turn, then `queued` until its result arrives.
    `content` is the whole text, or the text that an unfinished answer continues; `details` is JSON.
    `connection` and `asked_model` were asked for an answer (None: the default); `model` is the name
    that the endpoint gave.
    """

    id: int
    chat_id: int
    parent_id: int | None
    role: Author
    status: StoredStatus
    run: int
    content: str
    reasoning: str
    reasoning_seconds: float | None
    error: str | None
    details: str | None
    retry_at: datetime | None
    finish_reason: str | None
    connection: str | None
    asked_model: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    usage_estimated: bool
    left_out: int
    restarted: bool
    created_at: datetime
    ended_at: datetime | None
    number: int
    total: int
    previous: int | None
    next: int | None

    @property
    def versions(self) -> Versions:
        """The message's place among its versions, for templates and workers."""
        return Versions(
            number=self.number, total=self.total, previous=self.previous, next=self.next
        )

    @property
    def endpoint_details(self) -> EndpointDetails | None:
        """What the endpoint said about the answer's end."""
        return EndpointDetails.model_validate_json(self.details) if self.details else None

    @property
    def seconds(self) -> int | None:
        """How long after it was asked for the answer ended; None if it has not.

        None also for an answer that was asked for again in its place: when is not stored.
        """
        if not self.is_answer or self.ended_at is None or self.run > 1:
            return None
        return round((self.ended_at - self.created_at).total_seconds())

    @property
    def is_answer(self) -> bool:
        """A model writes it."""
        return self.role == "assistant"

    @property
    def is_unfinished(self) -> bool:
        """Its result has not arrived yet."""
        return self.status in UNFINISHED

    @property
    def can_be_continued(self) -> bool:
        """It is an answer whose text was cut off."""
        is_cut = self.status in {"stopped", "failed"} or self.finish_reason == "length"
        return self.is_answer and not self.is_unfinished and bool(self.content) and is_cut

    @property
    def can_be_regenerated(self) -> bool:
        """It is an answer that can have another version."""
        return self.is_answer and self.status in {"complete", "stopped"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person sends; `key` is the same when the form is sent twice.

    `choice` is the model that answers from now on; None leaves the chat's model as it is.
    """

    content: str
    key: UUID
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A person's message and the answer to it."""

    question: Message
    answer: Message
