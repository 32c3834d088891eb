"""A backup of a whole Natter, as the scripts of the compose stack take and restore it."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres_programs import ENVIRONMENT, program
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.gateways import ROOT


@dataclass(frozen=True, slots=True)
class Backup:
    """The two files of a backup, taken while everything runs."""

    natter: Natter
    database_url: str
    bus: Path
    database: Path

    async def take(self) -> None:
        """Save the bus, then the database."""
        await asyncio.to_thread(self._web, "snapshot", target=self.bus)
        dump = ("--format=custom", "--file", str(self.database), self.database_url)
        await asyncio.to_thread(run, (program("pg_dump"), *dump), ENVIRONMENT)

    async def restore(self, stopped: Sequence[ServiceProcess]) -> None:
        """Put both in the place of what there is; these services are killed, and begin again."""
        for service in stopped:
            service.kill()
        await asyncio.to_thread(self._web, "restore", "--replace", source=self.bus)
        await asyncio.to_thread(self._restore_database)
        await self.natter.database.expire_connections()
        await asyncio.to_thread(self.natter.nats.end)
        await asyncio.to_thread(self.natter.nats.begin)
        await asyncio.to_thread(self._web, "requeue")
        for service in stopped:
            service.begin()
        for service in stopped:
            await service.until_ready()

    def _restore_database(self) -> None:
        options = ("--clean", "--if-exists", "--exit-on-error", "--single-transaction")
        place = ("--dbname", self.database_url, str(self.database))
        run((program("pg_restore"), *options, *place), ENVIRONMENT)

    def _web(self, *command: str, source: Path | None = None, target: Path | None = None) -> None:
        web = web_command(*command)
        run(web, self.natter.web.environment, source=source, target=target)


def web_command(*command: str) -> tuple[str, ...]:
    """Spell a command of web's."""
    return (sys.executable, "-m", "services.web", *command)


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    source: Path | None = None,
    target: Path | None = None,
) -> None:
    """Run a command to its end, from a file and into one; fail with what it said where it fails."""
    given = source.read_bytes() if source else b""
    done = subprocess.run(
        command, env=environment, cwd=ROOT, input=given, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout[-2000:] + done.stderr[-2000:]).decode()
    if target is not None:
        target.write_bytes(done.stdout)
