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
from services.realtime.listeners.drain import Drain
from services.realtime.listeners.group_socket import GroupSocket, SocketOptions
from services.realtime.listeners.heartbeat import Heartbeat
from services.realtime.listeners.joining import Joining
from services.realtime.listeners.revoking import Revoking
from services.realtime.listeners.socket_log import SocketLog
from services.realtime.metrics import GatewayGauges, GatewayMetrics
from services.realtime.nats_reading.fast_parser import install_fast_parser
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.head_check import HeadCheck
from services.realtime.rooms.history import History
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.readiness import Readiness
from services.realtime.rooms.ring import Rings
from services.realtime.settings import RealtimeSettings
from services.realtime.state import State
from services.shared.bus.connection import Bus, open_bus
from services.shared.process.tasks import background
from services.shared.stream_token import StreamKeys


def lifespan(settings: RealtimeSettings, metrics: GatewayMetrics) -> StatefulLifespan[Starlette]:
    """Return the lifespan of a gateway with these settings.

    The server accepts connections before the gateway is in step with the stream: until then it is
    not ready, and refuses listeners.
    """

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        readiness = Readiness(settings.warm_seconds)

        def connection_changed() -> None:
            metrics.doubts.inc()
            readiness.lose()

        async with (
            open_bus(
                settings.renewed("nats_url"), name="natter-realtime", on_gap=connection_changed
            ) as bus,
            TaskGroup() as tasks,
        ):
            hub = Hub(bus.client, await _history(bus, settings, metrics), tasks)
            revocations = Revocations()
            revoking = Revoking(bus, hub, revocations)
            await revoking.listen()
            gatekeeper = _gatekeeper(settings, revocations)
            state = _state(settings, metrics, bus, hub, gatekeeper)
            async with background(
                readiness=partial(readiness.run, hub, revoking.read_stored),
                head_check=HeadCheck(hub, readiness.lose).run,
                heartbeat=state["heartbeat"].run,
                socket_log=state["socket_log"].run,
            ):
                with closing(hub):
                    yield state
            state["socket_log"].write_rest()

    return run


async def _history(bus: Bus, settings: RealtimeSettings, metrics: GatewayMetrics) -> History:
    jetstream = JetStreamReader(bus.client)
    await jetstream.open()
    rings = Rings(settings.ring_bytes, settings.max_unsent_bytes)
    history = History(jetstream, rings, metrics, max_missed_bytes=settings.max_missed_bytes)
    install_fast_parser(bus.client, history.flushes)
    return history


def _gatekeeper(settings: RealtimeSettings, revocations: Revocations) -> Gatekeeper:
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
    socket_log = SocketLog()
    state = State(
        settings=settings,
        bus=bus,
        hub=hub,
        joining=Joining(gatekeeper, hub, drain, metrics),
        socket_options=_socket_options(settings, metrics, hub, gatekeeper, heartbeat, socket_log),
        heartbeat=heartbeat,
        drain=drain,
        socket_log=socket_log,
        metrics=metrics,
    )
    metrics.watch(_gauges(state))
    return state


def _socket_options(
    settings: RealtimeSettings,
    metrics: GatewayMetrics,
    hub: Hub,
    gatekeeper: Gatekeeper,
    heartbeat: Heartbeat,
    socket_log: SocketLog,
) -> SocketOptions:
    def closed(socket: GroupSocket, code: int) -> None:
        socket.leave_room()
        hub.leave(socket.room, socket)
        gatekeeper.release(socket.admission)
        metrics.count_closed("websocket", code)
        socket_log.add(socket.ended(heartbeat.now, code))

    return SocketOptions(
        max_unsent_bytes=settings.max_unsent_bytes,
        on_slow=metrics.slow_sockets.inc,
        on_pong=heartbeat.on_pong,
        on_closed=closed,
    )


def _gauges(state: State) -> GatewayGauges:
    hub, rings = state["hub"], state["hub"].history.rings
    limits = state["joining"].gatekeeper.limits
    return GatewayGauges(
        sockets=lambda: state["metrics"].open,
        sockets_limit=state["settings"].max_sockets,
        users=lambda: limits.users,
        groups=lambda: len(hub.rooms),
        ring_publications=rings.publications,
        ring_bytes=lambda: rings.size,
        bus_connected=lambda: state["bus"].client.is_connected,
        draining=lambda: state["drain"].has_begun,
    )
