"""Runs uvicorn for every service: its configuration, its listener, its exit status."""

import asyncio
import signal
import socket
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Final, Literal, cast

import uvicorn
from starlette.types import ASGIApp

from services.shared.process.graceful_server import BeforeShutdown, GracefulServer
from services.shared.process.logging import get_logger
from services.shared.process.watchdog import STALL_SECONDS, Watched

SHUTDOWN_SECONDS: Final = 10
# A request on a connection that we close at that moment gets no answer, and proxies do not repeat a
# form that was posted. So we keep connections longer than proxies do (most of them: a minute).
KEEP_ALIVE_SECONDS: Final = 75
STARTUP_FAILURE: Final = 3
BROKEN_OFF: Final = 4
# Clients only listen: what they send is read to the end of a frame and discarded.
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
    """Serve until SIGINT or SIGTERM, and end by that signal; open requests get ten seconds to end.

    `before_shutdown` runs first and takes as long as it needs; a second SIGINT, or a second SIGTERM
    after a SIGTERM, cuts it short. A slow client that takes nothing for `untaken_seconds` is cut
    off. A computation that blocks the event loop for `stall_seconds` of CPU time ends the process.
    With `traced_as`, spans are made and exported under that name.
    """
    config.app = Watched(cast(ASGIApp, config.app), cpu_seconds=stall_seconds)
    server = GracefulServer(config, before_shutdown, signals=SIGNALS)
    listener = None if untaken_seconds is None else listen(config, untaken_seconds)
    with _traced(traced_as):
        asyncio.run(server.run(listener), loop_factory=config.get_loop_factory())
    if server.signal is not None:
        signal.signal(server.signal, signal.SIG_DFL)
        signal.raise_signal(server.signal)
    if not server.server.started:
        sys.exit(STARTUP_FAILURE)
    if server.is_broken:
        log.error("broken_off", reason="the lifespan has ended")
        sys.exit(BROKEN_OFF)


def _traced(service: str | None) -> AbstractContextManager[None]:
    if service is None:
        return nullcontext()
    try:
        # The packages that it imports are installed only for NATTER_TRACING.
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
    """Return the uvicorn configuration that all services have in common.

    A connection without requests is kept for `keep_alive_seconds`. `websockets` is the protocol
    class for upgraded connections; without one, upgrades are ignored. Of uvicorn's two HTTP
    protocols, h11 reads the body of a request whose `Upgrade` it ignores; httptools takes that body
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
        # Otherwise a request may begin in the context of the connection's request before it.
        reset_contextvars=True,
        ws_max_size=message_bytes,
    )


def listen(config: uvicorn.Config, untaken_seconds: float) -> socket.socket:
    """Bind as `config` asks; connections end when the client takes nothing for that long.

    uvicorn waits for ever until a client takes what it sends, also on a connection that it has
    closed. The kernel can give up instead (tcp(7), TCP_USER_TIMEOUT: Linux only), and accepted
    sockets inherit that.
    """
    listener = config.bind_socket()
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = round(untaken_seconds * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return listener
