"""HTTP with bounds: how large a request's head may be, and how long it may take to come."""

import asyncio
from http import HTTPStatus
from typing import Any, Final, cast, override

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from services.shared.upgrade import UpgradeRequest, hand_over

HEAD_BYTES: Final = 16 * 1024
HEAD_SECONDS: Final = 10.0
# Time to read why, for a client that is refused while it still sends.
LINGER_SECONDS: Final = 2.0

ABORT: Final = "http.abort"
"""The ASGI extension that cuts a connection off, whatever waits to be sent on it."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 to a head of more than 16 KiB and hangs up where it takes more than 10 s.

    Uvicorn's own has no such limits: it gathers a head for as long, and as much, as is sent.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True  # before or inside a head, not in a body
        self._begun = False  # some of the head has come
        self._head_bytes = 0  # in the pieces that came since then
        self._piece_bytes = 0
        self._refused = False
        self._deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        link = cast(asyncio.Transport, transport)
        self.let_in(link, self.loop.call_later(HEAD_SECONDS, link.abort))

    def let_in(self, transport: asyncio.Transport, deadline: asyncio.TimerHandle) -> None:
        """Take a connection that was made before, and its time for a head with it."""
        super().connection_made(transport)
        self._deadline = deadline

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._piece_bytes = len(data)
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(431 if self._head_size() > HEAD_BYTES else 400)
        else:
            self._check_head()

    @override
    def on_message_begin(self) -> None:
        self._begun = True
        super().on_message_begin()
        extensions = cast(dict[str, object], self.scope.setdefault("extensions", {}))
        extensions[ABORT] = self.transport.abort

    @override
    def on_headers_complete(self) -> None:
        # Only then can it be too large; to add it up costs time.
        large = self._piece_bytes > HEAD_BYTES or self._head_bytes > HEAD_BYTES
        if large and self._head_size() > HEAD_BYTES:
            raise ValueError("the head is too large")
        self._cancel_deadline()
        self._in_head = self._begun = False
        self._head_bytes = 0
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.response_complete:
            self._cancel_deadline()
            self._await_next_request()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_head:
            # It was answered before all of it had come; the rest has its time, too.
            self._unset_keepalive_if_required()
            self._cancel_deadline()
            self._set_deadline(HEAD_SECONDS)

    def _await_next_request(self) -> None:
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _check_head(self) -> None:
        """Refuse what has grown too large, and let the rest of a head come within the time."""
        if not self._in_head or not (self._begun or self._head_bytes):
            return
        if self._head_bytes > HEAD_BYTES:
            self._refuse(431)
        elif self._deadline is None:
            self._set_deadline(HEAD_SECONDS)

    def _head_size(self) -> int:
        if not self._begun:
            return 0
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _upgrade(self, rest: bytes) -> None:
        """Hand over to the WebSocket's protocol, `rest` included."""
        if not self._should_upgrade():
            return  # it is answered as the plain request that it also is
        cycle: RequestResponseCycle | None = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if self.scope["http_version"] != "1.1" or is_answering:
            self._refuse(400)
        else:
            self._hand_over(rest)

    def _hand_over(self, rest: bytes) -> None:
        request = UpgradeRequest(
            self.parser.get_method(), self.url, self.headers, self.scheme, self.server, self.client
        )
        self.parser = None  # type: ignore[assignment]  # a cycle: it holds us too
        self.connections.discard(self)
        hand_over(self.config, self.server_state, self.app_state, self.transport, request, rest)

    def _refuse(self, status: int) -> None:
        """Answer and end our half; a full close would reset the connection and lose the answer."""
        self._refused = True
        self._cancel_deadline()
        if not self._leave_application():
            self.transport.abort()
            return
        self.transport.write(_answer(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._set_deadline(LINGER_SECONDS)
        else:
            self.transport.close()

    def _leave_application(self) -> bool:
        """Tell the application that its client is gone; False in the middle of an answer."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        if cycle.response_started or self.pipeline:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def _set_deadline(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _answer(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase
    head = [f"HTTP/1.1 {status} {phrase}", "content-type: text/plain; charset=utf-8"]
    head += [f"content-length: {len(phrase) + 1}", "connection: close", "", f"{phrase}\n"]
    return "\r\n".join(head).encode()
