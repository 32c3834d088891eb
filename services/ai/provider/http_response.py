"""One HTTP response as it comes: its head, then its body, joined from one read to the next."""

import asyncio
from typing import Final

import httptools
import httpx2

LONGEST_HEAD: Final = 65_536
"""Bytes that may come and be none of a body: a head, or what is between chunks or behind them."""
LONGEST_UNREAD: Final = 262_144
"""Bytes of a body that wait to be read, above which no more should be taken from the network."""

_CODING: Final = b"transfer-encoding"
_FINAL: Final = 200
"""Statuses below this one announce another response."""


class HttpResponse:
    """What one response has brought so far; the parser calls it, and one reader waits on it.

    A body that has no length and comes in no chunks goes on until its connection ends.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.unread = 0
        self.has_head = self.is_whole = self.may_be_kept = False
        self._parser = httptools.HttpResponseParser(self)
        # Dangerous to whoever passes a message on. Servers write such, and browsers take it.
        self._parser.set_dangerous_leniencies(
            lenient_chunked_length=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._has_length = self._is_chunked = False
        self._bare_size = 0
        self._body: list[bytes] = []
        self._fault: httpx2.TransportError | None = None
        self._news: asyncio.Future[None] | None = None

    def feed(self, data: bytes) -> None:
        """Take what the network brought; whatever is no HTTP is a fault of the response."""
        self._bare_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(httpx2.RemoteProtocolError("not an HTTP response"))
        if self._bare_size > LONGEST_HEAD:
            self.fail(httpx2.RemoteProtocolError("too much that is no body"))

    def end(self) -> None:
        """Take the end of the connection; behind a fault it says nothing of the response."""
        if self.has_failed:
            return
        if self.has_head and not self._has_length and not self._is_chunked:
            self.is_whole = True
            self._tell()
        elif not self.is_whole:
            self.fail(httpx2.RemoteProtocolError("the connection ended before the response"))

    def fail(self, fault: httpx2.TransportError) -> None:
        """Say that nothing more comes, and why; the first reason is the one that counts."""
        self._fault = self._fault or fault
        self._tell()

    @property
    def has_failed(self) -> bool:
        """Whether it will never be whole."""
        return self._fault is not None

    async def head(self) -> None:
        """Wait for the status and the headers; raises what it failed by."""
        while not self.has_head:
            await self._wait()

    async def read(self) -> bytes:
        """Return all of the body that has come, waiting for some; nothing at its end."""
        while not self._body and not self.is_whole:
            await self._wait()
        data = b"".join(self._body)
        self._body.clear()
        self.unread = 0
        return data

    async def _wait(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._news = asyncio.get_running_loop().create_future()
        await self._news

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _take_framing(self) -> None:
        codings = [value.lower() for name, value in self.headers if name.lower() == _CODING]
        self._is_chunked = any(b"chunked" in coding for coding in codings)
        self._has_length = any(name.lower() == b"content-length" for name, _ in self.headers)
        if self._has_length and codings and not self._is_chunked:
            raise ValueError("a length and an end by the connection")

    def on_message_begin(self) -> None:
        """Take the beginning of a response, for the parser: there is one, behind announcements."""
        if self.is_whole:
            raise ValueError("bytes behind the end")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, for the parser; nobody waits for those behind a body."""
        if not self.has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the end of a head, for the parser."""
        self.status = self._parser.get_status_code()
        if self.status >= _FINAL:
            self._take_framing()
            self.has_head = True
            self._bare_size = 0
            self._tell()

    def on_body(self, data: bytes) -> None:
        """Take a part of the body, for the parser."""
        self._body.append(data)
        self.unread += len(data)
        self._bare_size = 0
        self._tell()

    def on_message_complete(self) -> None:
        """Take the end of a response, for the parser."""
        if not self.has_head:
            self.headers.clear()
            return
        self.is_whole = True
        self._bare_size = 0
        # Who sends both may count what comes next in another way than is done here.
        is_ambiguous = self._has_length and self._is_chunked
        self.may_be_kept = self._parser.should_keep_alive() and not is_ambiguous
        self._tell()
