"""Shows every error as a page: the expected family, Starlette's own, and the unforeseen."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import trace_id
from services.web.errors import AppError, NotFoundError
from services.web.rendering import Templates

OWN_FAULT: Final = 500
DATABASE_AWAY: Final = 503
RETRY_SECONDS: Final = 5
# Open pages take no other refusal for final: a proxy answers 404 while this service is away.
REFUSAL: Final = {"natter-refusal": "final"}

log = get_logger("web.errors")


async def show_app_error(request: Request[Any], error: Exception) -> Response:
    """Show an expected error as what it is."""
    shown = error if isinstance(error, AppError) else AppError()
    templates: Templates = request.state["templates"]
    response = templates.page(
        "errors/error.html",
        shown.status,
        status=shown.status,
        title=shown.title,
        message=shown.message,
        retry=shown.retry and request.method == "GET",
        # By it the lines of the log are found that say what went wrong.
        reference=trace_id() if shown.status >= OWN_FAULT else None,
        chat_id=_conversation(request, shown),
    )
    if shown.status == DATABASE_AWAY:
        response.headers["retry-after"] = str(RETRY_SECONDS)
    if not shown.retry:
        response.headers.update(REFUSAL)
    return response


async def show_http_error(request: Request[Any], error: Exception) -> Response:
    """Show what the router refused: an unknown path, a method that a path does not have."""
    shown: AppError = NotFoundError()
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException):
        headers = dict(error.headers or {})
        if error.status_code != shown.status:
            shown = AppError()
            shown.status, shown.title, shown.retry = error.status_code, error.detail, False
            shown.message = "This server does not do that."
    response = await show_app_error(request, shown)
    response.headers.update(headers)
    return response


async def show_unforeseen(request: Request[Any], error: Exception) -> Response:
    """Show that something went wrong, and nothing of what; the log has it."""
    log.error("request_failed", path=request.url.path, exc_info=error)
    return await show_app_error(request, AppError())


def _conversation(request: Request[Any], shown: AppError) -> int | None:
    """Return the chat to lead back to, which need not be the newest; None where there is none."""
    return None if isinstance(shown, NotFoundError) else request.path_params.get("chat_id")
