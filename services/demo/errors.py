"""Refusals in the shape of OpenAI's error bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

INVALID_REQUEST = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Refusal:
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


class RefusedError(Exception):
    """Raised where a request can't be served; carries the answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


SERVER_ERROR = Refusal(
    500, "The server had an error while processing your request.", type="server_error"
)

# What `/error NAME` answers before any text; messages and codes are those of OpenAI's API.
REFUSALS: Mapping[str, Refusal] = MappingProxyType(
    {
        "rate_limit": Refusal(
            429,
            "Rate limit reached for natter-demo. Please try again in 7s.",
            type="requests",
            code="rate_limit_exceeded",
            headers={"Retry-After": "7"},
        ),
        "context_length": Refusal(
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted"
            " in 9001 tokens. Please reduce the length of the messages.",
            param="messages",
            code="context_length_exceeded",
        ),
        "auth": Refusal(401, "Incorrect API key provided.", code="invalid_api_key"),
        "model_missing": Refusal(
            404,
            "The model `natter-demo` does not exist or you do not have access to it.",
            param="model",
            code="model_not_found",
        ),
        "quota": Refusal(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            type="insufficient_quota",
            code="insufficient_quota",
        ),
        "not_found": Refusal(404, "Invalid URL (POST /chat/completions)"),
        "refused": Refusal(400, "Invalid value for 'temperature': 3.", param="temperature"),
        "loading": Refusal(503, "Loading model", type="unavailable_error"),
        "server": SERVER_ERROR,
        # As of a proxy: it says nothing.
        "unreachable": Refusal(502, ""),
    }
)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer any exception of the application in OpenAI's shape, a wordless one without a body."""
    refusal = _refusal_of(request, error)
    if not refusal.message:
        return Response(status_code=refusal.status, headers=dict(refusal.headers))
    return JSONResponse(refusal.body(), refusal.status, headers=dict(refusal.headers))


def _refusal_of(request: Request, error: Exception) -> Refusal:
    match error:
        case RefusedError():
            return error.refusal
        case HTTPException():
            message = f"{error.detail}: {request.method} {request.url.path}"
            return Refusal(error.status_code, message, headers=error.headers or {})
        case ClientDisconnect():
            return Refusal(400, "The request ended before its body did.")
        case _:
            return SERVER_ERROR
