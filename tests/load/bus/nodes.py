"""The nodes of a bus: how each is reached, and the process that it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.load.servers.running import START_SECONDS, accepts
from tests.support.nats_cluster import running_cluster


@dataclass(frozen=True, slots=True)
class Node:
    """A running node."""

    port: int
    pid: int
    passwords: Mapping[str, str]

    def url(self, user: str) -> str:
        """Return its address with the name and password of `user`."""
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"


@contextmanager
def running_nodes(folder: Path) -> Iterator[list[Node]]:
    """Run three nodes until the body ends; raises StartError where one does not come up."""
    with running_cluster(folder) as cluster:
        for node, port in zip(cluster.nodes, cluster.ports, strict=True):
            node.child.wait_until(partial(accepts, port), START_SECONDS)
        yield [
            Node(port, node.child.pid, cluster.server.passwords)
            for node, port in zip(cluster.nodes, cluster.ports, strict=True)
        ]
