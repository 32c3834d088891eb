"""Opens what the gateway holds for its whole life, and closes it in reverse."""

from asyncio import TaskGroup
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial

from starlette.applications import Starlette
from starlette.types import StatefulLifespan

from services.realtime.admission.gatekeeper import Gatekeeper
from services.realtime.admission.limits import Limits
from services.realtime.admission.revocations import Revocations
from services.realtime.control import obey
from services.realtime.holding.drain import Drain
from services.realtime.holding.heartbeat import Heartbeat
from services.realtime.holding.listener import GroupSocket, Seating
from services.realtime.holding.reception import Reception
from services.realtime.holding.socket_lines import Ended, SocketLines
from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.journal import Journal
from services.realtime.nats_reading.live_parser import read_by_the_short_way
from services.realtime.readings import Readings
from services.realtime.rooms.archive import Archive
from services.realtime.rooms.head_check import HeadCheck
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.readiness import Certainty
from services.realtime.rooms.ring import Rings
from services.realtime.rooms.room import Told
from services.realtime.settings import RealtimeSettings
from services.realtime.state import State
from services.shared.bus.connection import Bus, open_bus
from services.shared.process.tasks import background
from services.shared.stream_token import StreamKeys


def lifespan(settings: RealtimeSettings, metrics: GatewayMetrics) -> StatefulLifespan[Starlette]:
    """Return the lifespan of a gateway with these settings.

    It takes connections before it knows how far the stream has come: until then it is not ready,
    and refuses listeners.
    """

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        certainty = Certainty(settings.warm_seconds)

        def doubt() -> None:
            metrics.doubts.inc()
            certainty.doubt()

        async with (
            open_bus(settings.renewed("nats_url"), name="natter-realtime", on_gap=doubt) as bus,
            TaskGroup() as tasks,
        ):
            hub = Hub(bus.client, await _archive(bus, settings, metrics), tasks)
            gatekeeper = await _gatekeeper(settings, bus, hub)
            state = _state(settings, metrics, bus, hub, gatekeeper)
            async with background(
                certainty=partial(certainty.run, hub),
                head_check=HeadCheck(hub, certainty.doubt).run,
                heartbeat=state["heartbeat"].run,
                socket_lines=state["lines"].run,
            ):
                with closing(hub):
                    yield state
            state["lines"].write_rest()

    return run


async def _archive(bus: Bus, settings: RealtimeSettings, metrics: GatewayMetrics) -> Archive:
    journal = Journal(bus.client)
    await journal.open()
    rings = Rings(settings.ring_bytes, settings.max_unsent_bytes)
    archive = Archive(journal, rings, metrics, most_missed_bytes=settings.max_missed_bytes)
    read_by_the_short_way(bus.client, archive.turn)
    return archive


async def _gatekeeper(settings: RealtimeSettings, bus: Bus, hub: Hub) -> Gatekeeper:
    revocations = Revocations()
    await obey(bus.client, hub, revocations)
    keys = StreamKeys([key.get_secret_value() for key in settings.stream_keys])
    limits = Limits(
        in_all=settings.max_sockets,
        per_user=settings.max_sockets_per_user,
        per_address=settings.max_sockets_per_address,
    )
    return Gatekeeper(settings, keys, limits, revocations)


def _state(
    settings: RealtimeSettings,
    metrics: GatewayMetrics,
    bus: Bus,
    hub: Hub,
    gatekeeper: Gatekeeper,
) -> State:
    heartbeat = Heartbeat(metrics, settings.ping_seconds, settings.rotate_seconds)
    drain = Drain(settings.drain_seconds)
    lines = SocketLines()
    state = State(
        settings=settings,
        bus=bus,
        hub=hub,
        reception=Reception(gatekeeper, hub, drain, metrics),
        seating=_seating(settings, metrics, hub, gatekeeper, heartbeat, lines),
        heartbeat=heartbeat,
        drain=drain,
        lines=lines,
        metrics=metrics,
    )
    metrics.watch(_readings(state))
    return state


def _seating(
    settings: RealtimeSettings,
    metrics: GatewayMetrics,
    hub: Hub,
    gatekeeper: Gatekeeper,
    heartbeat: Heartbeat,
    lines: SocketLines,
) -> Seating:
    def closed(socket: GroupSocket, code: int) -> None:
        told = socket.leave()
        hub.leave(socket.room, socket)
        gatekeeper.release(socket.admission)
        metrics.count_closed("websocket", code)
        lines.add(_ended(socket, told, heartbeat.now, code))

    return Seating(
        max_unsent_bytes=settings.max_unsent_bytes,
        on_slow=metrics.slow_sockets.inc,
        on_pong=heartbeat.on_pong,
        on_closed=closed,
    )


def _ended(socket: GroupSocket, told: Told, now: float, code: int) -> Ended:
    frames, size = told
    return Ended(
        group=socket.admission.group,
        user=socket.admission.user,
        transport="websocket",
        seconds=now - socket.opened_at,
        frames=frames,
        size=size,
        source=socket.source,
        code=code,
        trace_id=socket.trace_id,
    )


def _readings(state: State) -> Readings:
    hub, rings = state["hub"], state["hub"].archive.rings
    limits = state["reception"].gatekeeper.limits
    return Readings(
        sockets=lambda: state["metrics"].open,
        sockets_limit=state["settings"].max_sockets,
        users=lambda: limits.users,
        groups=lambda: len(hub.rooms),
        ring_publications=rings.publications,
        ring_bytes=lambda: rings.size,
        bus_connected=lambda: state["bus"].client.is_connected,
        draining=lambda: state["drain"].has_begun,
    )
