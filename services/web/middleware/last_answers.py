"""Connections of a replica that leaves end with an answer, not under a question.

A server that closes a connection may do so just as a client sends a request there, and a form that
was lost so is sent again by nobody (RFC 9112, section 9.3.1). So each answer first says that it is
its connection's last one.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.departure import Departure


class LastAnswers:
    """ASGI middleware that closes each connection with its next answer, once it is time."""

    def __init__(self, app: ASGIApp, departure: Departure) -> None:
        self._app = app
        self._departure = departure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def close(message: Message) -> None:
            if message["type"] == "http.response.start" and self._departure.has_begun:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self._app(scope, receive, close if scope["type"] == "http" else send)
