"""How every service's HTTP side is run."""

import sys
from types import FrameType
from typing import override

import uvicorn
from starlette.types import ASGIApp

SHUTDOWN_SECONDS = 10
STARTUP_FAILURE = 3
# Clients only listen: what they send is read to the end of a frame and thrown away.
WEBSOCKET_MESSAGE_BYTES = 4096


def serve(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve `app` until SIGINT or SIGTERM; open requests get ten seconds to end."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
    )
    server = _Server(config)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class _Server(uvicorn.Server):
    """A server that can be stopped while its lifespan still waits for something to come up."""

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if not self.started:
            raise SystemExit(128 + sig)
