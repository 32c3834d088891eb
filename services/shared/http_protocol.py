"""HTTP with bounds: how large a request's head may be, and how long all of it may take to come."""

import asyncio
from typing import Any, Final, cast, override

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from services.shared.http_connection import HttpConnection
from services.shared.pace import Pace
from services.shared.upgrade import UpgradeRequest, hand_over, has_body

HEAD_BYTES: Final = 16 * 1024
HEAD_SECONDS: Final = 10.0
# Of a body so much comes in this time, unless it is we who do not read it.
BODY_SECONDS: Final = 15.0
BODY_BYTES: Final = 4 * 1024
# Requests that came behind one that is not answered yet.
MAX_WAITING: Final = 8

ABORT: Final = "http.abort"
"""The ASGI extension that cuts a connection off, whatever waits to be sent on it."""


class BoundedHttpProtocol(HttpConnection):
    """Answers 431 to a head of more than 16 KiB and hangs up where it takes more than 10 s.

    Trailers have the same bound and are dropped; a body that does not get on is answered with 408.
    Of requests sent without waiting for answers, eight wait and the others are passed over.
    Uvicorn's own has no such limits: it gathers all that is sent, for as long as it is sent.
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
        self._loose_bytes = 0  # came since a head, a part of a body or a message was whole
        self._piece_bytes = 0
        self._body_bytes = 0
        self._body_pace: Pace | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        link = cast(asyncio.Transport, transport)
        self.let_in(link, self.loop.call_later(HEAD_SECONDS, link.abort))

    def let_in(self, transport: asyncio.Transport, deadline: asyncio.TimerHandle) -> None:
        """Take a connection that was made before, and its time for a head with it."""
        super().connection_made(transport)
        self._deadline = deadline

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._piece_bytes = len(data)
        self._loose_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._end_requests()
        else:
            self._check_progress()

    @override
    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_WAITING:
            raise ValueError("too many requests wait")
        self._begun = True
        super().on_message_begin()
        extensions = cast(dict[str, object], self.scope.setdefault("extensions", {}))
        extensions[ABORT] = self.transport.abort

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # else it is a trailer; nobody here reads one
            # Uvicorn's own lines, since to call them costs a request with many headers much.
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    @override
    def on_headers_complete(self) -> None:
        # Only then can it be too large; to add it up costs time.
        large = self._piece_bytes > HEAD_BYTES or self._loose_bytes > HEAD_BYTES
        if large and self._head_size() > HEAD_BYTES:
            raise ValueError("the head is too large")
        if self.parser.should_upgrade() and has_body(self.headers):
            raise ValueError("the parser would take the body for what comes after the upgrade")
        self._cancel_deadline()
        self._in_head = self._begun = False
        self._loose_bytes = 0
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._loose_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._in_head = True
        self._loose_bytes = 0
        if self._body_pace is not None:
            self._end_body_pace()
        super().on_message_complete()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.response_complete:
            self._cancel_deadline()
            self._await_next_request()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_head and self.cycle.response_complete:
            # It was answered before all of it had come; the rest has its time, too.
            self._unset_keepalive_if_required()
            self._end_body_pace()
            self._cancel_deadline()
            self._set_deadline(HEAD_SECONDS)

    def _await_next_request(self) -> None:
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _check_progress(self) -> None:
        """Refuse what has grown too large, and let the rest come within its time."""
        if self._loose_bytes > HEAD_BYTES:
            self._refuse(431)
        elif not self._in_head:
            self._watch_body()
        elif (self._begun or self._loose_bytes) and self._deadline is None:
            self._limit_head()

    def _limit_head(self) -> None:
        if not self.flow.read_paused:  # else the rest waits for us
            self._set_deadline(HEAD_SECONDS)

    def _watch_body(self) -> None:
        if self._body_pace is None and not self.cycle.response_complete:
            self._body_pace = Pace(BODY_SECONDS, BODY_BYTES, self._come, lambda: self._refuse(408))

    def _come(self) -> int | None:
        waits_for_us = self.flow.read_paused or self.cycle.waiting_for_100_continue
        return None if waits_for_us else self._body_bytes

    def _end_body_pace(self) -> None:
        if self._body_pace is not None:
            self._body_pace.end()
            self._body_pace = None

    @override
    def _cancel_timers(self) -> None:
        super()._cancel_timers()
        self._end_body_pace()

    def _end_requests(self) -> None:
        """Read no more requests: one was wrong, or too many wait."""
        if self._in_head and len(self.pipeline) >= MAX_WAITING:
            self._refused = True
            self.cycle.keep_alive = False  # the last that is answered says so
        else:
            self._refuse(431 if self._head_size() > HEAD_BYTES else 400)

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
        self._cancel_timers()
        self.parser = None  # type: ignore[assignment]  # a cycle: it holds us too
        self.connections.discard(self)
        hand_over(self.config, self.server_state, self.app_state, self.transport, request, rest)
