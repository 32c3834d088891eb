"""The HTTP client of one endpoint: what it sends along, and what it lets in."""

from collections.abc import AsyncIterator
from typing import Final, override

import httpx2
import openai

from services.ai.provider.http_transport import transport_to
from services.ai.provider.settings import ConnectionSettings, Timeouts

NO_KEY: Final = "none"
"""In place of a key, which the SDK insists on; the header that it is for is left out."""
LONGEST_REFUSAL: Final = 65_536
LONGEST_LISTING: Final = 8_388_608

_SUCCESS: Final = range(200, 300)


class StrayRedirectError(Exception):
    """The endpoint sends its visitors to another host, which gets neither key nor chat."""


class _Bounded(httpx2.AsyncByteStream):
    """The first `limit` bytes of a body."""

    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self._stream = stream
        self._left = limit

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._stream:
            yield data[: self._left]
            self._left -= len(data)
            if self._left <= 0:
                break

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()


def open_client(settings: ConnectionSettings, timeouts: Timeouts) -> openai.AsyncOpenAI:
    """Return a client that is to be closed; it tries everything once and follows no stranger."""
    origin = _origin(httpx2.URL(settings.address))
    key = settings.api_key

    async def prepare(request: httpx2.Request) -> None:
        if _origin(request.url) != origin:
            raise StrayRedirectError
        if request.headers.get("authorization") == f"Bearer {NO_KEY}":
            del request.headers["authorization"]

    return openai.AsyncOpenAI(
        api_key=key.get_secret_value() if key and not settings.deployment else NO_KEY,
        base_url=settings.address,
        default_headers=_headers(settings),
        default_query=settings.parameters,
        max_retries=0,
        timeout=openai.Timeout(timeouts.idle, connect=timeouts.connect),
        http_client=openai.DefaultAsyncHttpxClient(
            transport=transport_to(settings.address),
            event_hooks={"request": [prepare], "response": [_limit_body]},
        ),
    )


def _headers(settings: ConnectionSettings) -> dict[str, str]:
    # A compressed body may unfold to a thousand times its size.
    headers: dict[str, object] = {"Accept-Encoding": "identity"}
    if settings.base_url is not None:
        # The SDK takes these from the environment; they are OpenAI's alone.
        headers |= {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
    if settings.api_key and settings.deployment:
        headers["api-key"] = settings.api_key.get_secret_value()
    headers |= {name: value.get_secret_value() for name, value in settings.headers.items()}
    return headers  # type: ignore[return-value] # the SDK takes Omit too, and does not say so


async def _limit_body(response: httpx2.Response) -> None:
    """Let no body but that of an answer grow without limit."""
    if "content-encoding" in response.headers:
        # It was asked not to. What cannot be read is found out later, and cheaply.
        del response.headers["content-encoding"]
    succeeded = response.status_code in _SUCCESS
    if succeeded and response.request.method == "POST":
        return
    if isinstance(response.stream, httpx2.AsyncByteStream):
        limit = LONGEST_LISTING if succeeded else LONGEST_REFUSAL
        response.stream = _Bounded(response.stream, limit)


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default
