"""What the lifespan hands to every handler."""

from typing import TypedDict

from services.realtime.drain import Drain
from services.realtime.heartbeat import Heartbeat
from services.realtime.hub import Hub
from services.realtime.listener import Seating
from services.realtime.metrics import GatewayMetrics
from services.realtime.reception import Reception
from services.realtime.settings import RealtimeSettings
from services.shared.bus import Bus


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state")."""

    settings: RealtimeSettings
    bus: Bus
    hub: Hub
    reception: Reception
    seating: Seating
    heartbeat: Heartbeat
    drain: Drain
    metrics: GatewayMetrics
