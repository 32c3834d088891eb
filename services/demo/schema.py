"""The part of OpenAI's chat completion request that the demo endpoint reads."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.demo.errors import ErrorAnswer, InvalidRequestError

UNPARSABLE = "We could not parse the JSON body of your request."

# Below a field, a location continues with the names of the types that were tried.
_LONGEST_LOCATION = 3


class _Checked(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Part(_Checked):
    """One part of a message: text, or something that the demo model ignores."""

    type: str
    text: str = ""


class ChatMessage(_Checked):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | tuple[Part, ...] | None = None

    def text(self) -> str:
        """Return the message's text, without pictures and the like."""
        if isinstance(self.content, tuple):
            return "".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(_Checked):
    """What a stream carries besides text."""

    include_usage: bool = False


class ChatRequest(_Checked):
    """A request for one chat completion; members without effect here are ignored."""

    model: str
    messages: tuple[ChatMessage, ...] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    n: int | None = Field(None, ge=1, le=1)
    reasoning_effort: str | None = None

    def question(self) -> str:
        """Return the user's last message; empty if there is none."""
        said = (message.text() for message in reversed(self.messages) if message.role == "user")
        return next(said, "")

    def instructions(self) -> str:
        """Return the system's or the developer's first message; empty if there is none."""
        first = self.messages[0]
        return first.text() if first.role in ("system", "developer") else ""

    def begun(self) -> str:
        """Return the beginning of the answer, if the request ends with one; else empty."""
        last = self.messages[-1]
        return last.text() if last.role == "assistant" else ""

    def reports_usage(self) -> bool:
        """Return whether a stream ends with its usage."""
        return self.stream_options is not None and self.stream_options.include_usage

    def longest_answer(self) -> int | None:
        """Return the limit of the answer's tokens; None is no limit."""
        return self.max_completion_tokens or self.max_tokens


def read_chat_request(body: bytes) -> ChatRequest:
    """Parse and check `body`; raise InvalidRequestError (400) that names the first fault."""
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidRequestError(_describe(fault["type"], fault["loc"], fault["msg"])) from error


def _describe(kind: str, location: tuple[int | str, ...], reason: str) -> ErrorAnswer:
    param = _param(location[:_LONGEST_LOCATION])
    match kind:
        case "json_invalid":
            return ErrorAnswer(400, UNPARSABLE)
        case "missing":
            message = f"Missing required parameter: '{param}'."
            return ErrorAnswer(400, message, param=param, code="missing_required_parameter")
        case _:
            message = f"Invalid value for '{param}': {reason}."
            return ErrorAnswer(400, message, param=param, code="invalid_value")


def _param(location: tuple[int | str, ...]) -> str | None:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".") or None
