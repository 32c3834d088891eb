"""The messages that the services send each other over the bus, as JSON."""

import json
import operator
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

from services.shared.bus.answer_errors import Details, ErrorName
from services.shared.bus.subjects import Group, check_group
from services.shared.process.base_path import BasePath

Role = Literal["system", "user", "assistant"]
GroupName = Annotated[Group, AfterValidator(check_group)]
UserName = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""An application's name for a user: printable ASCII without spaces."""

# A job is one message on the bus (1 MB), most of it the chat; JSON may write a character as six.
BEGUN_BYTES: Final = 150_000
BEGUN_CHARS: Final = BEGUN_BYTES // 6


class BusMessage(BaseModel):
    """The base of all messages: immutable, and its validation errors quote no input.

    During an upgrade an older service reads what a newer one writes, so unknown fields are ignored.
    A change that an older reader must not miss raises `version`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: Literal[1] = 1


class Turn(BaseModel):
    """One earlier message of the chat, as the model sees it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Role
    content: str


class Versions(BaseModel):
    """Which version of a message this is, and the ids of the versions beside it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: PositiveInt = 1
    total: PositiveInt = 1
    previous: PositiveInt | None = None
    next: PositiveInt | None = None


class AnswerJob(BusMessage):
    """Web asks ai to write message `message_id`, which `group` sees.

    `run` counts how often this message was asked for: each retry in place and each continuation is
    a new run. `begun` is the text to continue. At least `left_out` older turns of the chat did not
    fit. URLs on the pages begin with `base_path`. From `connection` on, None stands for what ai is
    set up with; a chat's `system_prompt` takes the place of that one.
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
    system_prompt: str | None = None
    temperature: FiniteFloat | None = None
    top_p: FiniteFloat | None = None
    max_tokens: PositiveInt | None = None


def fits_a_job(begun: str) -> bool:
    """Return whether a job has room for the beginning of an answer to continue."""
    return len(begun) < BEGUN_CHARS or _json_size(begun) <= BEGUN_BYTES


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode())


class TitleJob(BusMessage):
    """Web asks ai for a title for chat `chat_id`, which began with `turns`."""

    kind: Literal["title"] = "title"
    chat_id: PositiveInt
    turns: tuple[Turn, ...] = Field(min_length=1)
    connection: str | None = None
    model: str | None = None


type Job = Annotated[AnswerJob | TitleJob, Field(discriminator="kind")]


class AnswerResult(BusMessage):
    """Ai tells web how a run of message `message_id` ended; `text` is markdown, whole or partial.

    A `run` of 0 stands for the current run: the job could not be read. Token counts are estimates
    if the endpoint gave none. `left_out` counts the older turns that did not fit. `details` come
    with a failure, and with a tool that the model asked for.
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
    """Ai tells web the title of chat `chat_id`; None if it found none."""

    kind: Literal["title"] = "title"
    chat_id: PositiveInt
    title: str | None


type Result = Annotated[AnswerResult | TitleResult, Field(discriminator="kind")]


class Stop(BusMessage):
    """Web tells ai to stop a run of message `message_id`; earlier runs have ended already."""

    message_id: PositiveInt
    run: PositiveInt


class ListedConnection(BaseModel):
    """A connection that answers chats, and its models.

    `default` is the model that answers where none is named. `left_out` counts models that the
    endpoint lists beyond these. One that `is_demo` only shows what Natter does.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1)
    models: tuple[str, ...] = ()
    default: str | None = None
    left_out: NonNegativeInt = 0
    is_demo: bool = False


class Catalogue(BusMessage):
    """Ai tells web what chats can choose from; `default` answers those that choose nothing."""

    default: str
    connections: tuple[ListedConnection, ...]


class AnswerLogEntry(BusMessage):
    """A piece of a growing answer, as ai appends it to the message's log.

    `job` is the number of the job in `AI_JOBS`: the higher of two was asked for later. `text` and
    `reasoning` continue at their offsets (characters). A `whole` entry holds everything so far and
    replaces all entries before it. `shown` is the number in `TURBO_STREAM` of the publication with
    which the pages had everything before this entry's piece, or all of a whole entry. The last
    entry has the `result`, without its texts.
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
    """An operator or web disconnects listeners from the gateways: of a user, a group, or both.

    Tokens issued at or before `at` (seconds since the epoch) are refused from then on, unless the
    listeners may `come_back`. With `renew` so are the tokens issued before this message arrived,
    and the listeners are told to fetch new ones: whoever still gets one goes on without loss.
    People and other applications write these, so unknown fields are errors: a misspelt name must
    not disconnect more listeners than was meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    user: UserName | None = None
    group: GroupName | None = None
    at: FiniteFloat = Field(ge=0)
    come_back: bool = False
    # A gateway of the version before refuses a field that it does not know.
    renew: bool = Field(default=False, exclude_if=operator.not_)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.user is None and self.group is None:
            raise ValueError("a revocation names a user, a group or both")
        if self.come_back and self.renew:
            raise ValueError("who may come back keeps the token: name one of come_back and renew")
        return self
