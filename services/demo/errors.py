"""Error answers in the shape of OpenAI's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

INVALID_REQUEST = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """One error answer: its status and the four members of OpenAI's `error` object."""

    status: int
    message: str
    type: str = INVALID_REQUEST
    param: str | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """Return the JSON body."""
        names = ("message", "type", "param", "code")
        return {"error": {name: getattr(self, name) for name in names}}


class InvalidRequestError(Exception):
    """A request is not served; carries the answer that says why."""

    def __init__(self, answer: ErrorAnswer) -> None:
        super().__init__(answer.message)
        self.answer = answer


SERVER_ERROR = ErrorAnswer(
    500, "The server had an error while processing your request.", type="server_error"
)

# What `/error NAME` answers; messages and codes are those of OpenAI's API.
ERROR_ANSWERS: Mapping[str, ErrorAnswer] = MappingProxyType(
    {
        "rate_limit": ErrorAnswer(
            429,
            "Rate limit reached for natter-demo. Please try again in 7s.",
            type="requests",
            code="rate_limit_exceeded",
            headers={"Retry-After": "7"},
        ),
        "context_length": ErrorAnswer(
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted"
            " in 9001 tokens. Please reduce the length of the messages.",
            param="messages",
            code="context_length_exceeded",
        ),
        "auth": ErrorAnswer(401, "Incorrect API key provided.", code="invalid_api_key"),
        "model_missing": ErrorAnswer(
            404,
            "The model `natter-demo` does not exist or you do not have access to it.",
            param="model",
            code="model_not_found",
        ),
        "quota": ErrorAnswer(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            type="insufficient_quota",
            code="insufficient_quota",
        ),
        "not_found": ErrorAnswer(404, "Invalid URL (POST /chat/completions)"),
        "refused": ErrorAnswer(400, "Invalid value for 'temperature': 3.", param="temperature"),
        "loading": ErrorAnswer(503, "Loading model", type="unavailable_error"),
        "server": SERVER_ERROR,
        # As from a proxy: no body.
        "unreachable": ErrorAnswer(502, ""),
    }
)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer any exception of the application in OpenAI's shape; no message means no body."""
    answer = _answer_for(request, error)
    if not answer.message:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    return JSONResponse(answer.body(), answer.status, headers=dict(answer.headers))


def _answer_for(request: Request, error: Exception) -> ErrorAnswer:
    match error:
        case InvalidRequestError():
            return error.answer
        case HTTPException():
            message = f"{error.detail}: {request.method} {request.url.path}"
            return ErrorAnswer(error.status_code, message, headers=error.headers or {})
        case ClientDisconnect():
            return ErrorAnswer(400, "The request ended before its body did.")
        case _:
            return SERVER_ERROR
