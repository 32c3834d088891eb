"""`python -m services.realtime` serves; with arguments it is the `natter` command."""

import resource
import sys
from contextlib import suppress
from typing import Final

from services.realtime.app import create_app, drain
from services.realtime.cli import main as natter
from services.realtime.settings import RealtimeSettings
from services.realtime.upgrade.protocol_sniffer import ProtocolSniffer
from services.realtime.upgrade.websocket_protocol import WebSocketProtocol
from services.shared.process.logging import configure_logging, get_logger
from services.shared.process.serving import serve, serving_config

# File descriptors for the listening socket, the bus, logs and health checks.
OTHER_DESCRIPTORS: Final = 64

log = get_logger("realtime.descriptors")


def main() -> None:
    """Serve until SIGTERM, or run one `natter` command."""
    if sys.argv[1:]:
        sys.exit(natter())
    settings = RealtimeSettings.load()
    configure_logging(settings.log_level, settings.log_format)
    allow_sockets(settings.max_sockets)
    config = serving_config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=ProtocolSniffer,
        websockets=WebSocketProtocol,
    )
    traced_as = "natter-realtime" if settings.tracing else None
    serve(config, before_shutdown=drain, traced_as=traced_as)


def allow_sockets(count: int) -> None:
    """Raise this process's limit of open files; log a warning where `count` sockets do not fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS does not take "unlimited" as a soft limit.
    unlimited = hard == resource.RLIM_INFINITY
    highest = max(soft, count + OTHER_DESCRIPTORS) if unlimited else hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < count + OTHER_DESCRIPTORS:
        log.warning(
            "few_descriptors",
            sockets_wanted=count,
            sockets_possible=limit - OTHER_DESCRIPTORS,
            meaning="more browsers are refused: let this process open more files (ulimit -Hn), or"
            " lower NATTER_REALTIME_MAX_SOCKETS",
        )


if __name__ == "__main__":
    main()
