"""`python -m services.realtime` serves; with arguments it is the `natter` command."""

import sys

from services.realtime.app import create_app, drain
from services.realtime.cli import main
from services.realtime.descriptors import allow_sockets
from services.realtime.settings import RealtimeSettings
from services.realtime.websocket.protocol import WebSocketProtocol
from services.shared.logging import configure_logging
from services.shared.serving import serve
from services.shared.watchdog import Watched

if sys.argv[1:]:
    sys.exit(main())
settings = RealtimeSettings.load()
configure_logging(settings.log_level, settings.log_format)
allow_sockets(settings.max_sockets)
serve(
    Watched(create_app(settings)),
    host=settings.host,
    port=settings.port,
    websockets=WebSocketProtocol,
    before_shutdown=drain,
)
