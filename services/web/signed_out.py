"""What somebody needs who is not signed in: the way back to where they were, and their text."""

import re
from typing import Any, Final

from starlette.requests import Request

from services.shared.pages.turbo import MEDIA_TYPE
from services.web.errors import AppError
from services.web.forms import read_fields
from services.web.local_path import local_path

# More than the longest message in its form. Nobody who is signed out makes web read more.
MAX_FORM_BYTES: Final = 1024 * 1024
TEXT_FIELD: Final = "content"
_ADDRESS: Final = re.compile(r"https?://[^/?#]+(/[^#]*)")


def asks_for_page(request: Request[Any]) -> bool:
    """Return whether a browser goes to a page, and is not after a part of one."""
    return (
        request.method in {"GET", "HEAD"}
        and "text/html" in request.headers.get("accept", "")
        and "turbo-frame" not in request.headers
    )


def way_back(request: Request[Any]) -> str:
    """Return the page, below the base path, that a request asks for or comes from."""
    if asks_for_page(request):
        query = f"?{request.url.query}" if request.url.query else ""
        return _below(request, f"{request.scope['path']}{query}")
    if referer := _ADDRESS.fullmatch(request.headers.get("referer", "")):
        return _below(request, referer[1])
    chat_id = request.path_params.get("chat_id")
    return f"/chat/{chat_id}/message/list/" if chat_id else "/"


async def unsent_text(request: Request[Any]) -> str:
    """Return the text in a form that is refused; empty if there is none, or too much to read.

    A page with scripts keeps it itself.
    """
    length = request.headers.get("content-length", "")
    is_small = length.isdecimal() and int(length) <= MAX_FORM_BYTES
    if request.method != "POST" or not is_small or MEDIA_TYPE in request.headers.get("accept", ""):
        return ""
    try:
        return (await read_fields(request)).get(TEXT_FIELD, "")
    except AppError:
        return ""


def _below(request: Request[Any], path: str) -> str:
    return local_path(path.removeprefix(request.state["templates"].base_path))
