"""The HTTP client of one endpoint: its headers, its proxies, its limits."""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, override
from urllib.request import getproxies

import httpx2
import openai

from services.ai.provider.errors import SocksProxyError, StrayRedirectError
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.ai.provider.stream.bodies import bound_body
from services.shared.process.tracing.context import TRACEPARENT, trace_headers

NO_KEY: Final = "none"
"""In place of a key, which the SDK requires; its header is left out."""
KEEP_SECONDS: Final = 4.0
"""How long an idle connection is kept alive: less than the 5 seconds of most servers."""


class _Socks(httpx2.AsyncBaseTransport):
    """Refuses every request: no SOCKS proxy is supported."""

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        raise SocksProxyError


def open_client(settings: ConnectionSettings, timeouts: Timeouts) -> openai.AsyncOpenAI:
    """Return a client, to be closed by the caller; it retries nothing and stays on its host."""
    origin = _origin(httpx2.URL(settings.address))
    key = settings.api_key

    async def prepare(request: httpx2.Request) -> None:
        if _origin(request.url) != origin:
            raise StrayRedirectError(str(request.url))
        if request.headers.get("authorization") == f"Bearer {NO_KEY}":
            del request.headers["authorization"]
        # Not `tracestate`: other systems' data must not go to a stranger.
        if traceparent := trace_headers().get(TRACEPARENT):
            request.headers.setdefault(TRACEPARENT, traceparent)

    return openai.AsyncOpenAI(
        api_key=key.get_secret_value() if key and not settings.deployment else NO_KEY,
        base_url=settings.address,
        default_headers=_headers(settings),
        default_query=settings.parameters,
        max_retries=0,
        # Reading is bounded elsewhere: the client's own timeouts restart with every byte.
        timeout=openai.Timeout(None, connect=timeouts.connect, pool=timeouts.connect),
        http_client=openai.DefaultAioHttpClient(
            limits=_limits(),
            # None: aiohttp, below, stores cookies already, and bounds them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            mounts=_socks_proxies(),
            event_hooks={"request": [prepare], "response": [bound_body]},
        ),
    )


def _limits() -> httpx2.Limits:
    most = openai.DEFAULT_CONNECTION_LIMITS
    return httpx2.Limits(
        max_connections=most.max_connections,
        max_keepalive_connections=most.max_keepalive_connections,
        keepalive_expiry=KEEP_SECONDS,
    )


def _socks_proxies() -> dict[str, httpx2.AsyncBaseTransport]:
    """Replace the SOCKS proxies of the environment; hosts in NO_PROXY bypass them."""
    named = {scheme: proxy.lower() for scheme, proxy in getproxies().items()}
    schemes = (scheme for scheme in ("http", "https", "all") if scheme in named)
    return {f"{each}://": _Socks() for each in schemes if named[each].startswith("socks")}


def _headers(settings: ConnectionSettings) -> dict[str, str]:
    headers: dict[str, object] = {"Accept-Encoding": "identity"}
    if settings.base_url is not None:
        # The SDK takes these from the environment; they are for OpenAI alone.
        headers |= {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
    if settings.api_key and settings.deployment:
        headers["api-key"] = settings.api_key.get_secret_value()
    headers |= {name: value.get_secret_value() for name, value in settings.headers.items()}
    return headers  # type: ignore[return-value] # the SDK takes Omit too, and does not say so


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default
