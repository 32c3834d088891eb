"""Refuses bodies that are larger than any form."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.errors import TooLargeError
from services.web.middleware.base_path import own_path


class BodyLimit:
    """ASGI middleware that lets at most `limit` bytes of a request's body through.

    Below the paths `small` it is `small_limit`: what strangers send must cost little to read.
    """

    def __init__(
        self, app: ASGIApp, limit: int, small: Sequence[str] = (), small_limit: int = 0
    ) -> None:
        self._app = app
        self._limit = limit
        self._small = tuple(small)
        self._small_limit = small_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_small = self._small and own_path(scope).startswith(self._small)
        limit = self._small_limit if is_small else self._limit
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > limit:
            raise TooLargeError
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise TooLargeError
            return message

        await self._app(scope, count, send)
