"""A replica of the gateway that holds virtual sockets, by the rules of the real one."""

from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from services.realtime.close_codes import CloseReason
from services.realtime.listeners.drain import Drain
from services.realtime.listeners.heartbeat import Heartbeat
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from tests.load.scaling.queue import Queue

_PING_SECONDS: Final = 20.0


class Held(Protocol):
    """A page as the gateway knows it."""

    def end(self, ending: CloseReason) -> None:
        """End with a close code."""

    def cut(self) -> None:
        """Drop the connection."""


@dataclass(eq=False, slots=True)
class Gateway:
    """Its real heartbeat decides how long a socket lives, its real drain closes all of them."""

    heartbeat: Heartbeat
    drain: Drain
    handshakes: Queue
    pages: dict[Held, None] = field(default_factory=dict)
    """As a set that keeps its order: each run is to be the same."""
    is_alive: bool = True

    @property
    def listeners(self) -> list[Held]:
        """All its listeners, as a hub names them."""
        return list(self.pages)

    @property
    def lets_in(self) -> bool:
        """Whether it accepts a handshake."""
        return self.is_alive and not self.drain.has_begun

    async def leave(self) -> None:
        """Close every connection with a code, as after SIGTERM."""
        await self.drain.run(cast("Hub", self))
        self.is_alive = False

    def die(self) -> None:
        """End as by SIGKILL: the kernel closes every connection."""
        self.is_alive = False
        for page in self.listeners:
            page.cut()


def gateway(metrics: GatewayMetrics, rotation: float, draining: float, handshake: float) -> Gateway:
    """Make one whose sockets live for `rotation` seconds and whose drain takes `draining`."""
    return Gateway(Heartbeat(metrics, _PING_SECONDS, rotation), Drain(draining), Queue(handshake))
