"""Handshakes in a second of the server's CPU."""

from pathlib import Path
from typing import Final

from tests.load.accounting import cpu_seconds
from tests.load.crowd import crowd
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender, Setting

_EACH: Final = 100


def measure_handshakes(contender: Contender, folder: Path) -> Findings:
    """Open sockets as fast as the clients can, into groups of a hundred."""
    folder.mkdir(parents=True)
    sockets = contender.pace.sockets
    with (
        contender.run(folder, Setting()) as server,
        crowd(server, contender.pace) as clients,
    ):
        before = cpu_seconds(server.pids)
        clients.open([_EACH] * (sockets // _EACH))
        return {"handshakes": sockets / (cpu_seconds(server.pids) - before)}
