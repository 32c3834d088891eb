"""An HTTP connection as it is kept and ended: no client holds one by taking nothing from it."""

import asyncio
from http import HTTPStatus
from typing import Any, Final, override

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from services.shared.pace import Pace

# Of what waits to be sent, a client takes so much in this time. An event stream's own bound is
# stricter, and comes first: `realtime/sse.py`.
TAKE_SECONDS: Final = 30.0
TAKE_BYTES: Final = 64 * 1024
# For what is still to be sent on a connection that nobody has asked anything on.
CLOSE_SECONDS: Final = 5.0
# Time to read why, for a client that is refused while it still sends.
LINGER_SECONDS: Final = 2.0


class HttpConnection(HttpToolsProtocol):
    """Cuts off a client that takes nothing, and tells the running application when one leaves.

    Uvicorn's own waits for ever for what it wrote to be taken, and where requests are pipelined it
    tells the one that came last, which does not run yet.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._running: RequestResponseCycle | None = None  # `cycle` is the one that came last
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: Pace | None = None
        self._refused = False  # what comes is passed over

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timers()
        self.pipeline.clear()
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_taking()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():  # else the rest of it has to be taken, too
            self._end_taking()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_taking()

    @override
    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._limit_close()

    @override
    def shutdown(self) -> None:
        """Close, because the server stops, or after the answer that goes on (called by uvicorn)."""
        super().shutdown()
        if self.transport.is_closing():
            self._limit_close()

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _refuse(self, status: int) -> None:
        """Answer and end our half; a full close would reset the connection and lose the answer."""
        self._refused = True
        self._cancel_timers()
        if not self._leave_application():
            self.transport.abort()
            return
        self.transport.write(_answer(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
        self._set_deadline(LINGER_SECONDS)

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

    def _watch_taking(self) -> None:
        if self._taking is None:
            self._taking = Pace(TAKE_SECONDS, TAKE_BYTES, self._taken, self.transport.abort)

    def _taken(self) -> int:
        """Count down what is unsent; nothing is added to it while it is watched."""
        return -self.transport.get_write_buffer_size()

    def _end_taking(self) -> None:
        if self._taking is not None:
            self._taking.end()
            self._taking = None

    def _limit_close(self) -> None:
        self._cancel_deadline()
        self._set_deadline(CLOSE_SECONDS)

    def _set_deadline(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cancel_timers(self) -> None:
        self._unset_keepalive_if_required()
        self._cancel_deadline()
        self._end_taking()


def _answer(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase
    head = [f"HTTP/1.1 {status} {phrase}", "content-type: text/plain; charset=utf-8"]
    head += [f"content-length: {len(phrase) + 1}", "connection: close", "", f"{phrase}\n"]
    return "\r\n".join(head).encode()
