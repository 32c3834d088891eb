"""`python -m services.realtime` serves; with arguments it is the `natter` command."""

import sys

from services.realtime.app import create_app, drain
from services.realtime.cli import main
from services.realtime.descriptors import allow_sockets
from services.realtime.settings import RealtimeSettings
from services.realtime.upgrade.front_door import FrontDoor
from services.realtime.upgrade.websocket import WebSocketProtocol
from services.shared.process.logging import configure_logging
from services.shared.process.serving import serve, serving_config

if sys.argv[1:]:
    sys.exit(main())
settings = RealtimeSettings.load()
configure_logging(settings.log_level, settings.log_format)
allow_sockets(settings.max_sockets)
config = serving_config(
    create_app(settings),
    host=settings.host,
    port=settings.port,
    http=FrontDoor,
    websockets=WebSocketProtocol,
)
traced_as = "natter-realtime" if settings.tracing else None
serve(config, before_shutdown=drain, traced_as=traced_as)
