"""Describes the source of the Turbo Streams of a chat's page, and mints its tokens."""

from dataclasses import dataclass

from starlette.requests import Request

from services.shared.bus.position import Cursor
from services.shared.bus.subjects import chat_group
from services.web.settings import http_address
from services.web.state import State


@dataclass(frozen=True, slots=True)
class StreamSourceView:
    """The attributes of the page's `<natter-stream-source>`.

    `since` is a cursor, or `none`: then the gateway tells the page to load itself again.
    """

    src: str
    sse: str
    token: str
    token_url: str
    since: str


def stream_source(request: Request[State], since: Cursor | None) -> StreamSourceView:
    """Describe the source of the chat that the guards let through."""
    state = request.state
    group = chat_group(state["chat"].id)
    settings = state["settings"]
    # Without a gateway's address only its path: behind proxies, only the browser knows the host.
    gateway = settings.realtime_url or settings.base_path
    return StreamSourceView(
        src=f"{gateway}/ws/turbo_stream/{group}/",
        sse=f"{http_address(gateway)}/sse/turbo_stream/{group}/",
        token=mint_token(request),
        token_url=state["templates"].url("/chat/{}/message/stream/", state["chat"].id),
        since=str(since or "none"),
    )


def mint_token(request: Request[State]) -> str:
    """Mint a stream token for the chat that the guards let through."""
    state = request.state
    group = chat_group(state["chat"].id)
    seconds = state["settings"].stream_token_seconds
    return state["stream_keys"].mint(str(state["account"].id), group, seconds=seconds)
