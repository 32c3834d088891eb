"""Three nats-servers as one cluster, with the configuration of every deployment."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.nats_server import CONFIGURATION, load_passwords, nats_binary
from tests.load.servers.running import accepts, free_port, process

_NODES: Final = 3
_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Node:
    """A running node."""

    port: int
    pid: int
    passwords: Mapping[str, str]

    def url(self, user: str) -> str:
        """Return its address with the name and password of `user`."""
        return f"nats://{user}:{self.passwords[user]}@{_HOST}:{self.port}"


@contextmanager
def running_nodes(folder: Path) -> Iterator[list[Node]]:
    """Run three nodes until the body ends; raises StartError where one does not come up."""
    folder.mkdir(parents=True)
    passwords = load_passwords(folder / "passwords.json")
    routes = [free_port() for _ in range(_NODES)]
    with ExitStack() as opened:
        yield [
            opened.enter_context(_node(folder, number, routes, passwords))
            for number in range(_NODES)
        ]


@contextmanager
def _node(
    folder: Path, number: int, routes: list[int], passwords: Mapping[str, str]
) -> Iterator[Node]:
    port, name = free_port(), f"node-{number}"
    others = ",".join(f"nats://{_HOST}:{route}" for route in routes)
    argv = (
        *(str(nats_binary()), "-c", str(CONFIGURATION), "-n", name, "-sd", str(folder / name)),
        *("-a", _HOST, "-p", str(port), "--cluster_name", "bench"),
        *("--cluster", f"nats://{_HOST}:{routes[number]}", "--routes", others),
    )
    env = {f"NATTER_NATS_{user.upper()}_PASSWORD": word for user, word in passwords.items()}
    with process(name, argv, env, lambda: accepts(port)) as pid:
        yield Node(port, pid, passwords)
