"""One connection to an endpoint, for one request after the other."""

import asyncio
from typing import Final, cast, override

import httpx2

from services.ai.provider.http_response import LONGEST_UNREAD, HttpResponse

LONGEST_UNREAD_BY_TLS: Final = 16_777_216
"""Bytes of a body that wait to be read above which an encrypted connection is given up.

Its reading is never held back: uvloop throws away what is not yet decrypted where the other side
closes meanwhile, and with it the end of an answer. A reader comes every few hundredths of a second.
"""


class HttpConnection(asyncio.Protocol):
    """Writes requests and hands what comes back to their responses.

    The patience for the next bytes is measured by one timer a response, which looks when it rings
    whether any have come: a timer a read would cost more than the reading.
    """

    def __init__(self) -> None:
        self.response: HttpResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._is_encrypted = self._is_paused = False
        self._heard_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent: it is open, and nothing was left behind on it."""
        response = self.response
        is_idle = response is None or (
            response.may_be_kept and not response.has_failed and not response.unread
        )
        return is_idle and self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes, patience: float | None) -> HttpResponse:
        """Write a request; its response fails where nothing comes for `patience` seconds."""
        self._stop_timer()
        self.response = HttpResponse()
        if self._transport is None or self._transport.is_closing():
            self.response.fail(httpx2.WriteError("the connection is closed"))
            return self.response
        self._heard_at = asyncio.get_running_loop().time()
        if patience is not None:
            self._look_after(patience, patience)
        self._transport.write(request)
        return self.response

    async def read(self) -> bytes:
        """Return what has come of the response's body; nothing at its end."""
        if self.response is None:
            return b""
        data = await self.response.read()
        if self._is_paused and self._transport is not None:
            # Here and not before: so what is paused has bytes unread, and is not used again.
            self._is_paused = False
            self._heard_at = asyncio.get_running_loop().time()
            self._transport.resume_reading()
        return data

    def rest(self, seconds: float) -> None:
        """Wait so long for another request, then end."""
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.close)

    def close(self) -> None:
        """End the connection at once, which is what stops a model."""
        self._stop_timer()
        if self._transport is not None:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none by their class.
        self._transport = cast("asyncio.Transport", transport)
        self._is_encrypted = transport.get_extra_info("sslcontext") is not None

    @override
    def data_received(self, data: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        response = self.response
        if response is None:
            self.close()
            return
        response.feed(data)
        if response.has_failed:
            self.close()
        elif response.unread > LONGEST_UNREAD:
            self._bound_unread(response)

    @override
    def eof_received(self) -> None:
        # The connection is lost only once all of the request is written, which may be never.
        if self.response is not None:
            self.response.end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._transport = None
        if self.response is None:
            return
        if exc is None:
            self.response.end()
        else:
            self.response.fail(httpx2.ReadError(type(exc).__name__))

    def _bound_unread(self, response: HttpResponse) -> None:
        if self._transport is None:
            return
        if not self._is_encrypted:
            self._is_paused = True
            self._transport.pause_reading()
        elif response.unread > LONGEST_UNREAD_BY_TLS:
            response.fail(httpx2.ReadError("more came than was read"))
            self.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look_after(self, seconds: float, patience: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._look, patience)

    def _look(self, patience: float) -> None:
        silent = asyncio.get_running_loop().time() - self._heard_at
        if self._is_paused:
            self._look_after(patience, patience)
        elif silent < patience:
            self._look_after(patience - silent, patience)
        elif self.response is not None:
            self.response.fail(httpx2.ReadTimeout("nothing came"))
            self.close()
