"""Memory and CPU of nats-server: a subscription, a publication, its way to many gateways."""

from pathlib import Path
from typing import Final

from deploy.local.nats_server import running_nats
from tests.load.bus.nodes import Node, running_nodes
from tests.load.bus.running import Bus, bus_on
from tests.load.measures.findings import Findings
from tests.load.schedule import Schedule
from tests.load.servers.running import Contender

# Ten gateways with ten thousand chats each.
_GATEWAYS: Final = 10
_GROUPS: Final = 10_000
_IDLE: Final = 500
_MANY: Final = 20
_PACED: Final = Schedule(groups=1, rate=4_000, count=12_000)
_UNPACED: Final = Schedule(groups=100, rate=1e9, count=40_000)


def measure_bus(_contender: Contender, folder: Path) -> Findings:
    """Return bytes a subscription, microseconds of CPU a publication, publications a second."""
    folder.mkdir(parents=True)
    return _of_one_node(folder / "one") | _of_three_nodes(folder / "three")


def _of_one_node(folder: Path) -> Findings:
    with running_nats(folder) as nats:
        node = Node(nats.port, nats.child.pid, nats.passwords)
        with bus_on([node]) as bus:
            # Memory first: what has been in use and is free again would hide it.
            findings = {"bus_connection": _connection(bus), "bus_interest": _interest(bus)[0]}
            bus.publish(_PACED)
            findings["bus_crowded"] = bus.publish(_PACED).cpu
            bus.listeners.ask("close")
            return findings | _publications(bus, node)


def _publications(bus: Bus, node: Node) -> Findings:
    once = bus.publish_to(_PACED, [node])
    often = bus.publish_to(_PACED, [node] * _MANY)
    busy = bus.publish(_UNPACED)
    return {
        "bus_unheard": bus.publish(_PACED).cpu,
        "bus_busy": busy.cpu,
        "bus_once": once.cpu,
        "bus_each": (often.cpu - once.cpu) / (_MANY - 1),
        "bus_rate": busy.rate,
    }


def _of_three_nodes(folder: Path) -> Findings:
    with running_nodes(folder) as nodes, bus_on(nodes) as bus:
        near, *far = _interest(bus)
        bus.listeners.ask("close")
        bus.publish(_PACED)
        single = bus.publish(_UNPACED)
        bus.publisher.ask("replicate", replicas=len(nodes))
        bus.publish(_PACED)
        busy = bus.publish(_UNPACED)
        return {
            "cluster_interest": near,
            "cluster_interest_far": max(far),
            "cluster_single_rate": single.rate,
            "cluster_rate": busy.rate,
            "cluster_busy": busy.cpu,
            "cluster_leader": busy.busiest,
            "cluster_unheard": bus.publish(_PACED).cpu,
            "cluster_each": bus.publish_to(_PACED, nodes).cpu,
        }


def _connection(bus: Bus) -> float:
    """Return the bytes of a connection that listens to nothing."""
    (grown,) = bus.grown(lambda: bus.listen(bus.nodes[0], connections=_IDLE, groups=0))
    bus.listeners.ask("close")
    return grown / _IDLE


def _interest(bus: Bus) -> list[float]:
    """Return what each node holds for each subscription to a group of its own at the first."""
    grown = bus.grown(
        lambda: bus.listen(bus.nodes[0], connections=_GATEWAYS, groups=_GROUPS, own=True)
    )
    return [each / (_GATEWAYS * _GROUPS) for each in grown]
