"""What the measures know of any server."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from deploy.local.process import Child, Command, Watch
from tests.load.child import ROOT, OrderedChild

START_SECONDS: Final = 300.0
STOP_SECONDS: Final = 2.0

type Prepare = Callable[[OrderedChild], None]


def nothing(_: OrderedChild) -> None:
    """Publish nothing before the server starts."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one measure changes."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """For the server's environment."""
    prepare: Prepare = nothing
    """Called with the publisher before the server starts."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes sockets, and the process that publishes to it."""

    port: int
    publisher: OrderedChild
    pids: tuple[int, ...]
    """Whose costs are the server's; their children are counted too."""
    bus_pids: tuple[int, ...] = ()
    key: str | None = None
    """With which tokens are signed, where the server looks at them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of the load a server is given, so that each is measured below its limit."""

    sockets: int = 10_000
    in_flight: int = 200
    """Handshakes at the same time."""
    wide: float = 25_000
    """Deliveries a second to groups of 500."""
    single: float = 10_000
    """Deliveries a second to groups of one."""
    mixed: float = 10_000
    """Deliveries a second while their delay is measured."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that can be started, and what is measured of it."""

    name: str
    run: "Run"
    pace: Pace
    measures: frozenset[str]


class Run(Protocol):
    """Runs a server with its files in a folder; raises StartError where it does not come up."""

    def __call__(self, folder: Path, setting: Setting) -> AbstractContextManager[Running]: ...


@contextmanager
def process(
    name: str, argv: tuple[str, ...], env: Mapping[str, str], ready: Callable[[], bool]
) -> Iterator[int]:
    """Run a program until the body ends and give its id once it is ready; raises StartError."""
    child = Child(Command(name, argv, env, cwd=ROOT), Watch())
    try:
        child.wait_until(ready, START_SECONDS)
        yield child.pid
    finally:
        child.stop(STOP_SECONDS)


def accepts(port: int) -> bool:
    """Return whether somebody listens on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
