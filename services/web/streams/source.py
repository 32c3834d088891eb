"""Describes a source of Turbo Streams for a page, and mints tokens for it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse

from services.shared.bus.position import Cursor
from services.shared.bus.subjects import Group
from services.web.settings import http_address
from services.web.state import State


@dataclass(frozen=True, slots=True)
class StreamSourceView:
    """The attributes of a `<natter-stream-source>`.

    `since` is a cursor, or `none`: then the gateway tells the page to load itself again.
    """

    src: str
    sse: str
    token: str
    token_url: str
    since: str


def stream_source(
    request: Request[State], group: Group, token_url: str, since: Cursor | None
) -> StreamSourceView:
    """Describe the source of a group, which the account may listen to; `token_url` renews it."""
    settings = request.state["settings"]
    # Without a gateway's address only its path: behind proxies, only the browser knows the host.
    gateway = settings.realtime_url or settings.base_path
    return StreamSourceView(
        src=f"{gateway}/ws/turbo_stream/{group}/",
        sse=f"{http_address(gateway)}/sse/turbo_stream/{group}/",
        token=_mint(request, group),
        token_url=token_url,
        since=str(since or "none"),
    )


def token_response(request: Request[State], group: Group) -> JSONResponse:
    """Answer with a fresh token for a group, and its lifetime in seconds."""
    seconds = request.state["settings"].stream_token_seconds
    body = {"token": _mint(request, group), "expires": seconds}
    return JSONResponse(body, headers={"cache-control": "no-store"})


def _mint(request: Request[State], group: Group) -> str:
    """Mint a stream token of the signed-in account for a group."""
    state = request.state
    seconds = state["settings"].stream_token_seconds
    checked_at = state["session"].checked_at if "session" in state else None
    return state["stream_keys"].mint(
        str(state["account"].id), group, seconds=seconds, issued=checked_at
    )
