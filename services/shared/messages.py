"""What the services tell each other over the bus, as JSON."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PositiveInt,
    model_validator,
)

from services.shared.subjects import Group, check_group

Role = Literal["system", "user", "assistant"]
GroupName = Annotated[Group, AfterValidator(check_group)]
UserName = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""What an application calls a user: printable ASCII without spaces."""

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
    """The base of all: immutable, and nothing in it that is not declared."""

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


class Revocation(BusMessage):
    """An operator or web sends listeners away from the gateways: a user's, a group's, or both.

    Tokens issued at or before `at` (seconds since the epoch) are refused from then on, unless the
    listeners may `come_back`.
    """

    user: UserName | None = None
    group: GroupName | None = None
    at: FiniteFloat = Field(ge=0)
    come_back: bool = False

    @model_validator(mode="after")
    def _name_somebody(self) -> Self:
        if self.user is None and self.group is None:
            raise ValueError("a revocation names a user, a group or both")
        return self
