"""What the lifespan hands to every handler."""

from typing import TypedDict

from services.realtime.hub import Hub
from services.realtime.metrics import GatewayMetrics
from services.realtime.settings import RealtimeSettings
from services.shared.bus import Bus


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state")."""

    settings: RealtimeSettings
    bus: Bus
    hub: Hub
    metrics: GatewayMetrics
