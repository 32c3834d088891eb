"""Three nodes of one NATS, of which each can be ended, killed, frozen and brought back."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, override

import httpx2

from deploy.local.nats_server import (
    NatsServer,
    configuration_text,
    load_passwords,
    nats_binary,
    password_variables,
)
from deploy.local.private_files import make_private_folder
from deploy.local.process import Child, Command, Watch
from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS
from tests.support.nats_process import NatsProcess
from tests.support.ports import free_port
from tests.support.waiting import passed, until

NODES: Final = 3
REPLICAS: Final = 3
# Followers wait for 4 to 9 seconds before they choose another leader (nats-server, `raft.go`).
DEPOSED_SECONDS: Final = 10
BEHIND_SECONDS: Final = 3
ENDING_SECONDS: Final = 60.0
ROUTES: Final = "nats://natter:nRoutePassword@127.0.0.1"


@dataclass(slots=True)
class NatsNode:
    """A node that keeps its name, its folder and its ports from one life to the next."""

    name: str
    monitor: int
    command: Command
    child: Child

    def begin(self) -> None:
        """Start it; it finds the others by itself."""
        self.child = Child(self.command, Watch())

    async def retire(self) -> None:
        """Let it hand its streams and clients over and end (lame duck), as a preStop hook does."""
        os.kill(self.child.pid, signal.SIGUSR2)
        await asyncio.to_thread(self.child.wait_end, ENDING_SECONDS)

    def end(self) -> None:
        """End it in order."""
        self.child.stop()

    def kill(self) -> None:
        """End it at once."""
        self.child.kill()
        self.child.stop()

    def freeze(self) -> None:
        """Stop it where it stands."""
        os.kill(self.child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        os.kill(self.child.pid, signal.SIGCONT)

    async def until_healthy(self) -> None:
        """Wait until it has caught up with all of its streams."""

        async def is_healthy() -> bool:
            try:
                answer = await client.get(f"http://127.0.0.1:{self.monitor}/healthz")
            except httpx2.TransportError:
                return False
            return answer.status_code == 200

        async with httpx2.AsyncClient() as client:
            await until(is_healthy)


@dataclass(frozen=True, slots=True)
class ClusterAddress(NatsServer):
    """The nodes as one server: `child` and `port` are the first one's."""

    ports: tuple[int, ...] = ()

    @override
    def url(self, user: str) -> str:
        return ",".join(self.url_of(number, user) for number in range(NODES))

    def url_of(self, number: int, user: str) -> str:
        """Return the address of one node alone."""
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.ports[number]}"


@dataclass(slots=True)
class NatsCluster(NatsProcess):
    """A bus of three nodes; what is done to it is done to all of them."""

    nodes: list[NatsNode] = field(default_factory=list)

    @property
    def ports(self) -> tuple[int, ...]:
        """The port of each node."""
        assert isinstance(self.server, ClusterAddress)
        return self.server.ports

    def url_of(self, node: NatsNode, user: str) -> str:
        """Return the address of one node alone."""
        assert isinstance(self.server, ClusterAddress)
        return self.server.url_of(self.nodes.index(node), user)

    def node_at(self, port: int | None) -> NatsNode:
        """Return the node that clients reach at this port."""
        return self.nodes[self.ports.index(port or 0)]

    def follower(self, leader: NatsNode) -> NatsNode:
        """Return a node that is not the leader."""
        return self.others(leader)[0]

    def others(self, node: NatsNode) -> list[NatsNode]:
        """Return the other nodes."""
        return [other for other in self.nodes if other is not node]

    async def leader_of(self, bus: Bus, stream: str) -> NatsNode:
        """Return the node that leads a stream; wait until one does."""

        async def leaders() -> list[NatsNode]:
            try:
                info = await bus.jetstream.stream_info(stream)
            except CONNECTION_FAULTS:
                return []
            name = info.cluster and info.cluster.leader
            return [node for node in self.nodes if node.name == name]

        (leader,) = await until(leaders)
        return leader

    async def until_healthy(self) -> None:
        """Wait until every node has caught up."""
        for node in self.nodes:
            await node.until_healthy()

    @override
    def end(self) -> None:
        for node in self.nodes:
            node.end()

    @override
    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    @override
    def begin(self) -> None:
        for node in self.nodes:
            node.begin()

    @override
    def freeze(self) -> None:
        for node in self.nodes:
            node.freeze()

    @override
    def thaw(self) -> None:
        for node in self.nodes:
            node.thaw()


async def kill(node: NatsNode) -> None:
    """Kill a node, and bring it back when the others have long gone on."""
    await asyncio.to_thread(node.kill)
    await passed(DEPOSED_SECONDS)
    node.begin()


async def depose(node: NatsNode) -> None:
    """Let a node stand still for longer than the others wait for a leader."""
    node.freeze()
    await passed(DEPOSED_SECONDS)
    node.thaw()


async def leave_behind(node: NatsNode) -> None:
    """Let a node stand still for a moment, in which it keeps whatever it leads."""
    node.freeze()
    await passed(BEHIND_SECONDS)
    node.thaw()


@contextmanager
def running_cluster(folder: Path) -> Iterator[NatsCluster]:
    """Run three nodes on free ports, with empty stores below `folder`."""
    make_private_folder(folder)
    passwords = load_passwords(folder / "passwords.json")
    configuration = folder / "nats.conf"
    configuration.write_text(configuration_text())
    ports, routes, monitors = ([free_port() for _ in range(NODES)] for _ in range(3))
    with ExitStack() as running:
        nodes = []
        for number in range(NODES):
            flags = _flags(number, ports, routes, monitors)
            store = ("-sd", str(folder / str(number)))
            argv = (str(nats_binary()), "-c", str(configuration), *store, *flags)
            command = Command(f"nats-{number}", argv, password_variables(passwords))
            node = NatsNode(command.name, monitors[number], command, Child(command, Watch()))
            running.callback(node.kill)
            nodes.append(node)
        address = ClusterAddress(nodes[0].child, ports[0], passwords, tuple(ports))
        yield NatsCluster(folder, address, running, nodes)


def _flags(
    number: int, ports: list[int], routes: list[int], monitors: list[int]
) -> tuple[str, ...]:
    """Make a node of a cluster by flags alone: the configuration is that of a single server."""
    return (
        *("-n", f"nats-{number}", "-a", "127.0.0.1", "-p", str(ports[number])),
        *("-m", str(monitors[number]), "--cluster_name", "natter", "--no_advertise"),
        *("--cluster", f"{ROUTES}:{routes[number]}"),
        *("--routes", ",".join(f"{ROUTES}:{port}" for port in routes)),
    )
