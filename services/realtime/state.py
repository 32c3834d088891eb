"""The state that the lifespan gives to every handler."""

from typing import TypedDict

from services.realtime.holding.drain import Drain
from services.realtime.holding.group_socket import SocketOptions
from services.realtime.holding.heartbeat import Heartbeat
from services.realtime.holding.joining import Joining
from services.realtime.holding.socket_log import SocketLog
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from services.realtime.settings import RealtimeSettings
from services.shared.bus.connection import Bus


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state")."""

    settings: RealtimeSettings
    bus: Bus
    hub: Hub
    joining: Joining
    socket_options: SocketOptions
    heartbeat: Heartbeat
    drain: Drain
    socket_log: SocketLog
    metrics: GatewayMetrics
