"""What the lifespan hands to every handler."""

from typing import TypedDict

from services.realtime.holding.drain import Drain
from services.realtime.holding.heartbeat import Heartbeat
from services.realtime.holding.listener import Seating
from services.realtime.holding.reception import Reception
from services.realtime.holding.socket_lines import SocketLines
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from services.realtime.settings import RealtimeSettings
from services.shared.bus.connection import Bus


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state")."""

    settings: RealtimeSettings
    bus: Bus
    hub: Hub
    reception: Reception
    seating: Seating
    heartbeat: Heartbeat
    drain: Drain
    lines: SocketLines
    metrics: GatewayMetrics
