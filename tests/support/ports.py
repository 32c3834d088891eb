"""Free ports of 127.0.0.1 that no other test is given, in this process or in another one."""

import fcntl
import os
import random
import tempfile
from pathlib import Path
from typing import Final

from deploy.local.ports import is_free
from deploy.local.settings import LOOPBACK

# Below the ports that the system gives to outgoing connections: a server comes back on its port,
# which one of thousands of clients could have got meanwhile.
PORTS: Final = range(20_000, 32_000)
_claims: dict[int, int] = {}


def free_port() -> int:
    """Return a port of 127.0.0.1 where no server listens, reserved until this process ends.

    A server takes its port seconds after it was chosen, while other tests choose theirs.
    """
    return next(number for number in random.sample(PORTS, len(PORTS)) if _claim(number))


def _claim(number: int) -> bool:
    if number in _claims:
        return False
    folder = Path(tempfile.gettempdir()) / f"natter-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / str(number), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    _claims[number] = lock  # open, and therefore locked, until the process ends
    return is_free(LOOPBACK, number)
