"""HTTP for a gateway: requests without bodies, one after another, each within bounds."""

import asyncio
from http import HTTPStatus
from typing import Any, Final, cast, override

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from services.realtime.upgrade.deadline import Deadline
from services.realtime.upgrade.request_head import has_content, names_one_host
from services.realtime.upgrade.websocket_protocol import hand_over
from services.realtime.websocket.handshake import UpgradeRequest

HEAD_BYTES: Final = 16 * 1024
HEAD_SECONDS: Final = 10.0
# For a client that reads nothing of an answer; event streams have a stricter bound (`sse.py`).
TAKE_SECONDS: Final = 90.0
# The same, once the connection is to be closed.
CLOSE_SECONDS: Final = 5.0
# For a client that still sends while it is refused: time to read the refusal.
LINGER_SECONDS: Final = 2.0

ABORT: Final = "http.abort"
"""The ASGI extension that cuts a connection off, whatever is unsent."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 to a head of more than 16 KiB and 413 to a body; a head may take 10 seconds.

    What a client sends before its request is answered is dropped, and that answer is the
    connection's last. uvicorn's own protocol has no such limits: it buffers without limit, and
    waits for ever for a client to read.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_bytes = 0  # received since the last whole request
        self._refusal_status = HTTPStatus.BAD_REQUEST  # the status that a bad head is refused with
        self._reads = True  # else what comes is dropped
        self._head_deadline = Deadline()
        self._write_deadline = Deadline()

    def take_over(self, transport: asyncio.Transport, head_deadline: Deadline) -> None:
        """Take a connection that was made before, with the deadline of its first head."""
        super().connection_made(transport)
        self._head_deadline = head_deadline

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timers()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        while data and self._reads:
            self._unset_keepalive_if_required()
            self._head_bytes += len(data)
            data = self._read(data)
        if self._reads and self._head_bytes and not self._is_answering():
            self._limit_head()

    def _read(self, data: bytes) -> bytes:
        """Parse `data`; return what follows a request for another protocol."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if not self._should_upgrade():
                return rest  # it is answered as a plain request
            self._hand_over(rest)
        except httptools.HttpParserError:
            if self._is_answering():
                self._end_requests()
            else:
                self._refuse(self._refusal_status)
        return b""

    @override
    def on_message_begin(self) -> None:
        if self._is_answering():
            raise ValueError("the request before is not answered yet")
        super().on_message_begin()
        extensions = cast(dict[str, object], self.scope.setdefault("extensions", {}))
        extensions[ABORT] = self.transport.abort

    @override
    def on_headers_complete(self) -> None:
        self._check_head()
        self._head_deadline.cancel()
        self._head_bytes = 0
        super().on_headers_complete()

    def _check_head(self) -> None:
        if has_content(self.headers):
            self._refusal_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise ValueError("nothing here takes a body")
        if self._head_bytes > HEAD_BYTES and self._head_size() > HEAD_BYTES:
            self._refusal_status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError("the head is too large")
        if not names_one_host(self.url, self.headers, self.parser.get_http_version()):
            raise ValueError("one Host is needed, and no other in the target")

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _limit_head(self) -> None:
        """Bound the rest of a head in time and bytes."""
        if self._head_bytes > HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif not self._head_deadline.is_set:
            self._head_deadline.set(HEAD_SECONDS, self.transport)

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._write_deadline.set(TAKE_SECONDS, self.transport)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_deadline.set(TAKE_SECONDS, self.transport)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():  # else the rest has a deadline, too
            self._write_deadline.cancel()

    @override
    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._write_deadline.set(CLOSE_SECONDS, self.transport)

    @override
    def shutdown(self) -> None:
        """Close, because the server stops, or after the present answer (called by uvicorn)."""
        super().shutdown()
        if self.transport.is_closing():
            self._write_deadline.set(CLOSE_SECONDS, self.transport)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _end_requests(self) -> None:
        """Read no more requests, and close the connection after the present answer."""
        self._reads = False
        self.cycle.keep_alive = False

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer and close our half: a full close would reset the connection, answer and all."""
        self._reads = False
        self._cancel_timers()
        self.transport.write(_answer(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
        self._write_deadline.set(LINGER_SECONDS, self.transport)

    def _hand_over(self, rest: bytes) -> None:
        """Hand the connection over to the WebSocket's protocol, with `rest`."""
        if self.scope["http_version"] != "1.1":
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        request = UpgradeRequest(
            self.parser.get_method(), self.url, self.headers, self.scheme, self.server, self.client
        )
        self._reads = False
        self._cancel_timers()
        self.parser = None  # type: ignore[assignment]  # a cycle: it holds us too
        self.connections.discard(self)
        hand_over(self.config, self.server_state, self.app_state, self.transport, request, rest)

    def _cancel_timers(self) -> None:
        self._unset_keepalive_if_required()
        self._head_deadline.cancel()
        self._write_deadline.cancel()


def _answer(status: HTTPStatus) -> bytes:
    head = [f"HTTP/1.1 {status} {status.phrase}", "content-type: text/plain; charset=utf-8"]
    head += [f"content-length: {len(status.phrase) + 1}", "connection: close", ""]
    return "\r\n".join([*head, f"{status.phrase}\n"]).encode()
