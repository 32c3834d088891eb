"""A nats-server that goes away and comes back, or that hangs."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.nats_server import NatsServer, running_nats
from tests.support.ports import free_port


@dataclass
class Outage:
    """A server that can be taken away and brought back on the same folder and port."""

    folder: Path
    server: NatsServer
    _running: ExitStack = field(default_factory=ExitStack)

    def begin(self) -> None:
        self._running.close()

    def end(self) -> None:
        self._running.enter_context(running_nats(self.folder, port=self.server.port))

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let the server keep its connections and answer nothing."""
        os.kill(self.server.child.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.server.child.pid, signal.SIGCONT)


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    with ExitStack() as running:
        server = running.enter_context(running_nats(tmp_path / "nats", port=free_port()))
        yield Outage(tmp_path / "nats", server, running)
