"""The folder of the embedded PostgreSQL's socket: its path must be short, plain and private."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.postgres_owner import Owner, hand_over

_LONGEST = 85  # macOS allows 104 bytes, the socket's own name takes 15
# PostgreSQL parses a list of folders, asyncpg one of hosts: other characters have a meaning there.
_PLAIN = re.compile(r"[A-Za-z0-9/._ +@-]*[A-Za-z0-9/._+@-]")


@contextmanager
def socket_folder_of(cluster: Path, owner: Owner) -> Iterator[Path]:
    """Yield the cluster's folder if it can hold a socket, else a temporary, private one."""
    if _PLAIN.fullmatch(str(cluster)) and len(bytes(cluster)) <= _LONGEST and _takes(cluster):
        yield cluster
        return
    with TemporaryDirectory(prefix="natter-", dir="/tmp") as name:
        short = Path(name)
        hand_over(short, owner)
        yield short


def _takes(folder: Path) -> bool:
    # Mounted folders of another system, such as Windows, cannot hold sockets.
    probe = folder / ".probe"
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(probe))
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True
