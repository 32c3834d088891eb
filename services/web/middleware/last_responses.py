"""Closes the connections of a draining replica, each after a response.

A server may close a connection just as a client sends a request on it. No client repeats a POST
that is lost that way (RFC 9112, section 9.3.1). So the response before it announces the close.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.draining import Draining


class LastResponses:
    """ASGI middleware that closes each connection after its next response while draining."""

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def close(message: Message) -> None:
            if message["type"] == "http.response.start" and self._draining.has_begun:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self._app(scope, receive, close if scope["type"] == "http" else send)
