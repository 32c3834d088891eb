"""The bus of a fault test: a nats-server that can be ended, killed, frozen and brought back."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.nats_server import NatsServer, running_nats


@dataclass(slots=True)
class NatsProcess:
    """A server that keeps its folder and its port from one life to the next."""

    folder: Path
    server: NatsServer
    running: ExitStack = field(default_factory=ExitStack)

    def end(self) -> None:
        """End it in order."""
        self.running.close()

    def kill(self) -> None:
        """End it at once."""
        self.server.child.kill()
        self.running.close()

    def begin(self) -> None:
        """Bring it back."""
        server = running_nats(self.folder, port=self.server.port)
        self.server = self.running.enter_context(server)

    def freeze(self) -> None:
        """Stop it where it stands."""
        os.kill(self.server.child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        os.kill(self.server.child.pid, signal.SIGCONT)


type RunningBus = Callable[[Path], AbstractContextManager[NatsProcess]]


@contextmanager
def running_bus(folder: Path) -> Iterator[NatsProcess]:
    """Run a server on a free port, with an empty store in `folder`."""
    with ExitStack() as running:
        server = running.enter_context(running_nats(folder))
        yield NatsProcess(folder, server, running)
