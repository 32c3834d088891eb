"""What the services tell each other over the bus, as JSON."""

import json
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeInt,
    PositiveInt,
    model_validator,
)

from services.shared.bus.endpoint_details import Details
from services.shared.bus.subjects import Group, check_group
from services.shared.process.base_path import BasePath

Role = Literal["system", "user", "assistant"]
GroupName = Annotated[Group, AfterValidator(check_group)]
UserName = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""What an application calls a user: printable ASCII without spaces."""

ErrorClass = Literal[
    "auth",
    "bad_response",
    "connection_missing",
    "content_filter",
    "context_length",
    "cut_off",
    "endpoint_failed",
    "interrupted",
    "key_missing",
    "model_missing",
    "not_found",
    "not_stored",
    "own_address",
    "quota",
    "rate_limit",
    "refused",
    "timeout",
    "tool_asked",
    "unavailable",
    "unreachable",
]
"""Why an answer failed; `services.shared.pages.failures` explains each to a reader."""

ErrorName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
"""An error class as it is read: a newer service may write one that this one does not know."""

# A job is one message on the bus (1 MB), most of it the chat's; JSON may write a character as six.
BEGUN_BYTES: Final = 150_000
BEGUN_CHARS: Final = BEGUN_BYTES // 6


class BusMessage(BaseModel):
    """The base of all: immutable, and no errors that quote.

    While services are being upgraded, one reads what a newer one writes: fields that it does not
    know are passed over. A change that an older reader must not miss raises `version`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: Literal[1] = 1


class Turn(BaseModel):
    """One earlier message of the chat, as the model is to see it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Role
    content: str


class Versions(BaseModel):
    """Which of the versions of a message this is, and the messages that are its neighbours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: PositiveInt = 1
    total: PositiveInt = 1
    previous: PositiveInt | None = None
    next: PositiveInt | None = None


class AnswerJob(BusMessage):
    """Web asks ai to write message `message_id`, shown to `group`.

    `run` counts how often this message was asked for: each time that it is retried in its place or
    continued is a run of its own. `begun` is the text that it is to continue. At least `left_out`
    older turns of the chat had no room here. The URLs on the pages begin with `base_path`.
    """

    kind: Literal["answer"] = "answer"
    message_id: PositiveInt
    chat_id: PositiveInt
    group: GroupName
    base_path: BasePath = ""
    run: PositiveInt = 1
    turns: tuple[Turn, ...] = Field(min_length=1)
    left_out: NonNegativeInt = 0
    begun: str = ""
    versions: Versions = Versions()
    connection: str | None = None
    model: str | None = None


def fits_a_job(begun: str) -> bool:
    """Tell whether a job has room for an answer of this length that is to be continued."""
    return len(begun) < BEGUN_CHARS or _json_size(begun) <= BEGUN_BYTES


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode())


class TitleJob(BusMessage):
    """Web asks ai for a title of chat `chat_id`, which began with `turns`."""

    kind: Literal["title"] = "title"
    chat_id: PositiveInt
    turns: tuple[Turn, ...] = Field(min_length=1)
    connection: str | None = None
    model: str | None = None


type Job = Annotated[AnswerJob | TitleJob, Field(discriminator="kind")]


class AnswerResult(BusMessage):
    """Ai tells web how a run of message `message_id` ended; `text` is markdown, whole or partial.

    A `run` of 0 is whichever is under way: the job could not be read. Token counts that the
    endpoint did not tell are estimates. `left_out` counts the older turns that did not fit.
    `details` come with a failure, and with a tool that the model asked for.
    """

    kind: Literal["answer"] = "answer"
    message_id: PositiveInt
    run: NonNegativeInt
    status: Literal["complete", "stopped", "failed"]
    text: str
    reasoning: str = ""
    reasoning_seconds: float | None = None
    error: ErrorName | None = None
    details: Details = None
    retry_at: AwareDatetime | None = None
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    usage_estimated: bool = False
    left_out: int = 0
    restarted: bool = False


class TitleResult(BusMessage):
    """Ai tells web the title that it found for chat `chat_id`, or that it found none."""

    kind: Literal["title"] = "title"
    chat_id: PositiveInt
    title: str | None


type Result = Annotated[AnswerResult | TitleResult, Field(discriminator="kind")]


class Stop(BusMessage):
    """Web tells ai that a run of message `message_id` is to stop; earlier runs are over anyway."""

    message_id: PositiveInt
    run: PositiveInt


class AnswerLogEntry(BusMessage):
    """A piece of a growing answer, as ai appends it to the message's log.

    `job` is the number of the job in `AI_JOBS`: of two, the higher one was asked for later.
    `text` and `reasoning` go on at these offsets (characters). A `whole` entry holds everything so
    far and takes the place of all before it. `shown` is the number in `TURBO_STREAM` of the
    publication with which the pages had everything but this entry's own piece; a whole entry
    brings no piece of its own. The last entry has the `result`, without its texts.
    """

    run: PositiveInt
    job: PositiveInt
    whole: bool = False
    offset: NonNegativeInt
    text: str = ""
    reasoning_offset: NonNegativeInt
    reasoning: str = ""
    reasoning_seconds: float | None = None
    shown: PositiveInt | None = None
    left_out: NonNegativeInt = 0
    restarted: bool = False
    result: AnswerResult | None = None


class Revocation(BusMessage):
    """An operator or web sends listeners away from the gateways: a user's, a group's, or both.

    Tokens issued at or before `at` (seconds since the epoch) are refused from then on, unless the
    listeners may `come_back`. People and other applications write these: a name that is misspelt
    must not have more sent away than was meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    user: UserName | None = None
    group: GroupName | None = None
    at: FiniteFloat = Field(ge=0)
    come_back: bool = False

    @model_validator(mode="after")
    def _name_somebody(self) -> Self:
        if self.user is None and self.group is None:
            raise ValueError("a revocation names a user, a group or both")
        return self
