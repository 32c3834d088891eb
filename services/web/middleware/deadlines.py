"""Limits how long a client takes to send a body, and to read a response."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.errors import SlowBodyError

# The time in which nothing of a body arrives adds up to at most this; each so many bytes win back a
# second. So a large body may take long. Idea and numbers are Apache's (mod_reqtimeout, "MinRate").
BODY_SECONDS: Final = 20.0
BODY_BYTES_PER_SECOND: Final = 500
# Of a body that the application does not read, this much is read before the response.
UNREAD_BYTES: Final = 16 * 1024 * 1024
# Each part of a response waits this long for a client that has not read the parts before.
TAKE_SECONDS: Final = 30.0


class Deadlines:
    """ASGI middleware that ends requests of slow clients.

    A body that arrives too slowly is answered with 408. If the client does not read the response,
    the application is cancelled; the kernel gives up what was written until then (`listen` in
    `shared/process/serving.py`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(Headers(scope=scope), receive)
        async with _taking() as taking:

            async def send_in_time(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await body.pass_over()
                    if not body.is_whole:
                        MutableHeaders(scope=message)["connection"] = "close"
                taking.reschedule(asyncio.get_running_loop().time() + TAKE_SECONDS)
                await send(message)
                taking.reschedule(None)

            await self._app(scope, body.receive, send_in_time)


class _Body:
    """A request's body while it arrives."""

    def __init__(self, headers: Headers, receive: Receive) -> None:
        length = headers.get("content-length", "0").strip("0")
        self.is_whole = not length and "transfer-encoding" not in headers
        self._is_held_back = headers.get("expect", "").lower() == "100-continue"
        self._receive = receive
        self._seconds = BODY_SECONDS

    async def receive(self) -> Message:
        """Receive for the application; raises `SlowBodyError`."""
        if self.is_whole:
            return await self._receive()
        self._is_held_back = False
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            self._seconds = 0
            raise SlowBodyError from None
        won_back = len(message.get("body", b"")) / BODY_BYTES_PER_SECOND
        self._seconds = min(BODY_SECONDS, self._seconds - (clock() - began) + won_back)
        self.is_whole = not message.get("more_body", False)
        return message

    async def pass_over(self) -> None:
        """Read the rest, within bounds, unless the client waits for `100 Continue`.

        Closing a connection with unread bytes resets it, and the response may be lost.
        """
        size = 0
        with suppress(SlowBodyError):
            while not self.is_whole and not self._is_held_back and size < UNREAD_BYTES:
                size += len((await self.receive()).get("body", b""))


@asynccontextmanager
async def _taking() -> AsyncIterator[asyncio.Timeout]:
    """Provide a timeout without a deadline; when it expires, the body is cancelled silently."""
    taking = asyncio.timeout(None)
    try:
        async with taking:
            yield taking
    except TimeoutError:
        if not taking.expired():
            raise
