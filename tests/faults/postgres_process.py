"""The database of a fault test: a PostgreSQL that can be stopped and brought back."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.postgres import Postgres, running_postgres
from services.web.db.migrate import migrate

NAME: Final = "natter"


@dataclass(slots=True)
class PostgresProcess:
    """A server that keeps its folder, and so its address, from one life to the next."""

    folder: Path
    server: Postgres
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """The address of its database."""
        return self.server.url(NAME)

    def end(self) -> None:
        """End it in order, without waiting for its clients."""
        self.running.close()

    def begin(self) -> None:
        """Bring it back."""
        self.server = self.running.enter_context(running_postgres(self.folder))


@contextmanager
def running_database(folder: Path) -> Iterator[PostgresProcess]:
    """Run a server with one database that has every migration; no event loop may be running."""
    with ExitStack() as running:
        server = running.enter_context(running_postgres(folder))
        server.create_database(NAME)
        asyncio.run(migrate(server.url(NAME)))
        yield PostgresProcess(folder, server, running)
