"""Shows every error as a page: expected errors, Starlette's own, and all others."""

from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import trace_id
from services.web.errors import (
    AppError,
    NotFoundError,
    NotSignedInError,
    TooManyRequestsError,
)
from services.web.rendering.templates import Templates
from services.web.routing import see_other
from services.web.signed_out import asks_for_page, unsent_text, way_back

OWN_FAULT: Final = 500
DATABASE_AWAY: Final = 503
RETRY_SECONDS: Final = 5
# Open pages retry after any other refusal: a proxy answers 404 while this service is away.
REFUSAL: Final = {"natter-refusal": "final"}

log = get_logger("web.errors")


async def show_app_error(request: Request[Any], error: Exception) -> Response:
    """Show an expected error."""
    shown = error if isinstance(error, AppError) else AppError()
    if isinstance(shown, NotSignedInError):
        return await _show_not_signed_in(request, shown)
    templates: Templates = request.state["templates"]
    response = templates.page(
        "errors/error.html",
        shown.status,
        preferences=request.state["account"].preferences if "account" in request.state else None,
        status=shown.status,
        title=shown.title,
        message=shown.message,
        retry=shown.retry and request.method == "GET",
        # The log's lines about what went wrong have the same id.
        reference=trace_id() if shown.status >= OWN_FAULT else None,
        chat_id=_conversation(request, shown),
    )
    if shown.status == DATABASE_AWAY:
        response.headers["retry-after"] = str(RETRY_SECONDS)
    if isinstance(shown, TooManyRequestsError):
        response.headers["retry-after"] = str(shown.retry_after)
    if not shown.retry:
        response.headers.update(REFUSAL)
    return response


async def show_http_error(request: Request[Any], error: Exception) -> Response:
    """Show a refusal of the router: an unknown path, or a method that a path does not have."""
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
    """Show that something went wrong; only the log says what."""
    log.error("request_failed", path=request.url.path, **_logged(error))
    return await show_app_error(request, AppError())


async def _show_not_signed_in(request: Request[Any], shown: AppError) -> Response:
    """Lead to the sign-in page, or to a link to it if there is no page to come back to at once."""
    next_path = way_back(request)
    if asks_for_page(request):
        return see_other(request, "/sign-in/?{}", urlencode({"next": next_path}))
    templates: Templates = request.state["templates"]
    response = templates.page(
        "errors/not_signed_in.html",
        shown.status,
        preferences=None,
        status=shown.status,
        title=shown.title,
        message=shown.message,
        text=await unsent_text(request),
        next_path=next_path,
    )
    response.headers.update(REFUSAL)
    return response


def _conversation(request: Request[Any], shown: AppError) -> int | None:
    """Return the chat that the page links back to; None if there is none."""
    return None if isinstance(shown, NotFoundError) else request.path_params.get("chat_id")


def _logged(error: BaseException) -> dict[str, Any]:
    """Return the log's fields for an error: its traceback, or less if it came from PostgreSQL.

    PostgreSQL quotes rows in its texts (`DETAIL: Key (name)=(...)`). So for such an error, and for
    one that it caused, the log has only the class and the SQLSTATE (PostgreSQL, appendix A).
    """
    cause: BaseException | None = error
    while cause is not None:
        if sqlstate := getattr(cause, "sqlstate", None):
            return {"error": type(error).__name__, "sqlstate": sqlstate}
        cause = cause.__cause__ or cause.__context__
    return {"exc_info": error}
