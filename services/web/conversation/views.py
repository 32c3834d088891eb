"""What the conversation's page is told of where its streams come from."""

from dataclasses import dataclass

from services.shared.bus.subjects import chat_group
from services.web.settings import http_address


@dataclass(frozen=True, slots=True)
class StreamSourceView:
    """Where the chat's Turbo Streams come from, as the page's stream source is told.

    `since` is a cursor, or a text that is none: then the gateway has the page read again.
    """

    src: str
    sse: str
    token: str
    token_url: str
    since: str


def stream_source(
    gateway: str, chat_id: int, token: str, token_url: str, since: object
) -> StreamSourceView:
    """Describe the source of a chat.

    `gateway` is an address such as `wss://live.example.org`, or only its path: then the browser
    goes where the page came from, which only it knows for certain behind proxies.
    """
    group = chat_group(chat_id)
    return StreamSourceView(
        src=f"{gateway}/ws/turbo_stream/{group}/",
        sse=f"{http_address(gateway)}/sse/turbo_stream/{group}/",
        token=token,
        token_url=token_url,
        since=str(since or "none"),
    )
