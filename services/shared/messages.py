"""What crosses the bus between web and ai, as JSON."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt

from services.shared.subjects import Group, check_group

Role = Literal["system", "user", "assistant"]
GroupName = Annotated[Group, AfterValidator(check_group)]

ErrorClass = Literal[
    "rate_limit",
    "context_length",
    "auth",
    "model_missing",
    "timeout",
    "content_filter",
    "cut_off",
    "unreachable",
    "bad_response",
    "interrupted",
]
"""Why an answer failed; the sentence a person reads is `services.shared.message_view`'s."""


class BusMessage(BaseModel):
    """The base of both: immutable, and nothing in it that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1


class Turn(BaseModel):
    """One earlier message of the chat, as the model is to see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    content: str


class AnswerJob(BusMessage):
    """Web asks ai to write message `message_id`, shown to `group`."""

    message_id: PositiveInt
    group: GroupName
    turns: tuple[Turn, ...] = Field(min_length=1)


class AnswerResult(BusMessage):
    """Ai tells web how message `message_id` ended; `text` is markdown, whole or partial."""

    message_id: PositiveInt
    status: Literal["complete", "failed"]
    text: str
    error: ErrorClass | None = None
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
