"""Memory of an idle connection: all in one group, and each in its own."""

from pathlib import Path

from tests.load.accounting import resident_bytes, settle
from tests.load.crowd import crowd
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender, Setting


def measure_memory(contender: Contender, folder: Path) -> Findings:
    """Return the growth of resident memory for each socket, in bytes."""
    sockets = contender.pace.sockets
    return {
        "memory_shared": _grown(contender, folder / "shared", [sockets]),
        "memory_own": _grown(contender, folder / "own", [1] * sockets),
    }


def _grown(contender: Contender, folder: Path, sizes: list[int]) -> float:
    folder.mkdir(parents=True)
    with (
        contender.run(folder, Setting()) as server,
        crowd(server, contender.pace) as clients,
    ):
        before = resident_bytes(server.pids)
        clients.open(sizes)
        settle()
        return (resident_bytes(server.pids) - before) / sum(sizes)
