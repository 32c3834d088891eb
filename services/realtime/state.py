"""The state that the lifespan gives to every handler."""

from typing import TypedDict

from services.realtime.listeners.drain import Drain
from services.realtime.listeners.group_socket import SocketOptions
from services.realtime.listeners.heartbeat import Heartbeat
from services.realtime.listeners.joining import Joining
from services.realtime.listeners.socket_log import SocketLog
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
