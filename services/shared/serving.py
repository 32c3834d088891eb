"""How every service's HTTP side is run."""

import uvicorn
from starlette.types import ASGIApp

SHUTDOWN_SECONDS = 10


def serve(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve `app` until SIGINT or SIGTERM; open requests get ten seconds to end."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ws_per_message_deflate=False,
    )
