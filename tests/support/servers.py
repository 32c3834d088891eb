"""Our applications under a real uvicorn, in the test's own loop, on free ports."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from services.realtime.upgrade.protocol_sniffer import ProtocolSniffer
from services.shared.process.graceful_server import BeforeShutdown, GracefulServer
from services.shared.process.serving import (
    WEBSOCKET_MESSAGE_BYTES,
    listen,
    serving_config,
)
from tests.support.waiting import DEADLINE_SECONDS, until

SHUTDOWN_SECONDS = 3
# So that a test that waits for the end of a connection notices one that stays open.
FOR_EVER_SECONDS = 10 * DEADLINE_SECONDS


@asynccontextmanager
async def serving(  # noqa: PLR0913 - each is a way in which a service is served
    app: ASGIApp,
    *,
    websockets: type[asyncio.Protocol] | None = None,
    before_shutdown: BeforeShutdown | None = None,
    message_bytes: int = WEBSOCKET_MESSAGE_BYTES,
    keep_alive_seconds: int = FOR_EVER_SECONDS,
    untaken_seconds: float | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[str]:
    """Serve `app` as the services are served and give its `host:port`; all is closed on leaving.

    With `websockets`, that is as the gateway is served.
    """
    config = serving_config(
        app,
        host=host,
        port=port,
        http=ProtocolSniffer if websockets else "h11",
        websockets=websockets,
        message_bytes=message_bytes,
        keep_alive_seconds=keep_alive_seconds,
    )
    config.timeout_graceful_shutdown = SHUTDOWN_SECONDS
    service = GracefulServer(config, before_shutdown)
    bound = listen(config, untaken_seconds) if untaken_seconds else listening_socket(host, port)
    failure: BaseException | None = None
    with bound as listener:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(service.run(listener))

            async def has_started() -> bool:
                if task.done():
                    raise AssertionError("the application did not start")
                return service.server.started

            try:
                await until(has_started)
                yield "{}:{}".format(*listener.getsockname())
            except BaseException as error:  # noqa: BLE001 - it is raised again
                # A server that was only cancelled would leave its socket in the loop's selector,
                # and a later server with the same descriptor would never hear of a connection.
                failure = error
            finally:
                service.stop()
    if failure is not None:
        raise failure


def listening_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Listen; asyncio sets TCP_NODELAY only where the protocol is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    return listener
