"""HTTP/1.1 for streams: what the SDK's client sends goes out here, and chunks come in cheaply.

The transports that there are wake their reader for every chunk, through three layers of iterators,
and set a timer for each; with a hundred answers at once that was more than all of our own work.
Here a read of the network costs one call of the parser, and a reader gets all that has come.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Final, override

import httpx2
import openai

from services.ai.provider.addresses import addresses_of, first_connected, is_numeric
from services.ai.provider.http_connection import HttpConnection
from services.ai.provider.proxies import proxy_for

KEEP_SECONDS: Final = 5.0
"""How long a connection is kept that nobody uses: servers close them, too."""
_PORTS: Final = {"http": 80, "https": 443}

type _Origin = tuple[str, str, int]


def transport_to(address: str) -> httpx2.AsyncBaseTransport:
    """Return the transport to `address`, through the proxy that the environment names for it."""
    proxy = proxy_for(httpx2.URL(address))
    if proxy is None:
        return HttpTransport()
    return httpx2.AsyncHTTPTransport(proxy=proxy, limits=openai.DEFAULT_CONNECTION_LIMITS)


class HttpTransport(httpx2.AsyncBaseTransport):
    """Connections that are kept for the next request, by the origin they lead to."""

    def __init__(self) -> None:
        self._idle: dict[_Origin, list[HttpConnection]] = {}
        self._tls: ssl.SSLContext | None = None

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
        message = _written(request, await request.aread())
        origin = _origin(request.url)
        connection = self._kept(origin) or await self._connected(origin, timeouts.get("connect"))
        try:
            response = connection.send(message, timeouts.get("read"))
            await response.head()
        except BaseException:
            connection.close()
            raise
        body = _Body(self, origin, connection)
        return httpx2.Response(response.status, headers=response.headers, stream=body)

    @override
    async def aclose(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def keep(self, origin: _Origin, connection: HttpConnection) -> None:
        """Take a connection back whose response was read to its end, or end it."""
        if not connection.is_usable:
            connection.close()
            return
        connection.rest(KEEP_SECONDS)
        kept = [each for each in self._idle.get(origin, []) if each.is_usable]
        self._idle[origin] = [*kept, connection]

    def _kept(self, origin: _Origin) -> HttpConnection | None:
        kept = self._idle.get(origin, [])
        while kept:
            connection = kept.pop()
            if connection.is_usable:
                return connection
        return None

    async def _connected(self, origin: _Origin, seconds: float | None) -> HttpConnection:
        scheme, host, port = origin
        context = self._context() if scheme == "https" else None
        try:
            async with asyncio.timeout(seconds):
                return await _connect(host, port, context)
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("no connection in time") from error
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(type(error).__name__) from error

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


class _Body(httpx2.AsyncByteStream):
    """A response's body; closing it before its end closes the connection."""

    def __init__(
        self, transport: HttpTransport, origin: _Origin, connection: HttpConnection
    ) -> None:
        self._transport = transport
        self._origin = origin
        self._connection: HttpConnection | None = connection

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._connection is not None and (data := await self._connection.read()):
            yield data

    @override
    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._transport.keep(self._origin, connection)


async def _connect(host: str, port: int, context: ssl.SSLContext | None) -> HttpConnection:
    loop = asyncio.get_running_loop()
    if is_numeric(host):
        _, connection = await loop.create_connection(HttpConnection, host, port, ssl=context)
        return connection
    connected = await first_connected(await addresses_of(host, port))
    name = host if context else None
    try:
        _, connection = await loop.create_connection(
            HttpConnection, sock=connected, ssl=context, server_hostname=name
        )
    except BaseException:
        connected.close()
        raise
    return connection


def _origin(url: httpx2.URL) -> _Origin:
    if url.scheme not in _PORTS or not url.host:
        raise httpx2.UnsupportedProtocol("neither http nor https")
    return url.scheme, url.raw_host.decode(), url.port or _PORTS[url.scheme]


def _written(request: httpx2.Request, body: bytes) -> bytes:
    """Write a request as it goes onto the wire."""
    target = request.url.raw_path
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), target)]
    lines += [b"%b: %b" % (name, value) for name, value in request.headers.raw]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise httpx2.LocalProtocolError("a header is one line")
    return b"\r\n".join([*lines, b"", body])
