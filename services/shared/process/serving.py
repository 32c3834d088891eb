"""How every service's HTTP side is run: by uvicorn, as its manual says."""

import asyncio
import signal
import socket
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Final, Literal, cast

import uvicorn
from starlette.types import ASGIApp

from services.shared.process.logging import get_logger
from services.shared.process.service import BeforeShutdown, Service
from services.shared.process.watchdog import STALL_SECONDS, Watched

SHUTDOWN_SECONDS: Final = 10
# Whoever asks on a connection in the moment in which we close it gets no answer, and proxies do not
# ask again for a form that was sent: we keep it longer than they do (a minute, most of them).
KEEP_ALIVE_SECONDS: Final = 75
STARTUP_FAILURE: Final = 3
BROKEN_OFF: Final = 4
# Clients only listen: what they send is read to the end of a frame and thrown away.
WEBSOCKET_MESSAGE_BYTES: Final = 4096
NO_TRACING: Final = (
    "the packages of the extra `tracing` are not installed: an image has them if it was built with"
    " TRACING=1"
)
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

type HttpProtocol = type[asyncio.Protocol] | Literal["h11"]

log = get_logger("shared.serving")


def serve(
    config: uvicorn.Config,
    *,
    before_shutdown: BeforeShutdown | None = None,
    untaken_seconds: float | None = None,
    stall_seconds: float = STALL_SECONDS,
    traced_as: str | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, and end by it; open requests get ten seconds to end.

    `before_shutdown` comes first, and takes as long as it needs; a second SIGINT, or a
    second SIGTERM after one, cuts it short.
    A client that takes nothing of what waits for it is cut off after `untaken_seconds`. A process
    that one computation holds for `stall_seconds` of CPU time is ended. Spans are made in the name
    of `traced_as`, where there is one.
    """
    config.app = Watched(cast(ASGIApp, config.app), cpu_seconds=stall_seconds)
    service = Service(config, before_shutdown, signals=SIGNALS)
    listener = None if untaken_seconds is None else listen(config, untaken_seconds)
    with _traced(traced_as):
        asyncio.run(service.run(listener), loop_factory=config.get_loop_factory())
    if service.signal is not None:
        signal.signal(service.signal, signal.SIG_DFL)
        signal.raise_signal(service.signal)
    if not service.server.started:
        sys.exit(STARTUP_FAILURE)
    if service.is_broken:
        log.error("broken_off", reason="the lifespan has ended")
        sys.exit(BROKEN_OFF)


def _traced(service: str | None) -> AbstractContextManager[None]:
    if service is None:
        return nullcontext()
    try:
        # What it imports is there only where NATTER_TRACING asks for it.
        export = import_module("services.shared.process.tracing.export")
        exporting: AbstractContextManager[None] = export.exporting(service)
    except ImportError:
        sys.exit(f"The settings are wrong:\n  NATTER_TRACING: {NO_TRACING}")
    except ValueError as error:
        sys.exit(f"The settings are wrong:\n  OTEL_*: {error}")
    return exporting


def serving_config(  # noqa: PLR0913 - each is a setting of uvicorn's
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS,
    http: HttpProtocol = "h11",
    websockets: type[asyncio.Protocol] | None = None,
    message_bytes: int = WEBSOCKET_MESSAGE_BYTES,
) -> uvicorn.Config:
    """Return the configuration that all services have in common.

    A connection without requests is kept for `keep_alive_seconds`. `websockets` is the protocol
    class of upgraded connections: without one there are none. Of uvicorn's two protocols for HTTP
    it is the one that reads a body behind an `Upgrade` that it ignores; the faster one takes that
    for the next request.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=http,
        ws=websockets or "none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        # Else a request may begin in the context of the one before it on its connection.
        reset_contextvars=True,
        ws_max_size=message_bytes,
    )


def listen(config: uvicorn.Config, untaken_seconds: float) -> socket.socket:
    """Bind where `config` says; connections end when nothing of theirs is taken for that long.

    uvicorn waits for ever to send what it has, also on a connection that it has closed. The kernel
    can give up in its place (tcp(7), TCP_USER_TIMEOUT: Linux), and accepted sockets inherit that.
    """
    listener = config.bind_socket()
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = round(untaken_seconds * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return listener
