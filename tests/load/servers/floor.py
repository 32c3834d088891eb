"""The floor beneath every server: write(2) and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.load.child import ordered_child
from tests.load.servers.running import Contender, Pace, Running, Setting
from tests.support.ports import free_port


@contextmanager
def _run(folder: Path, setting: Setting) -> Iterator[Running]:
    del folder, setting  # it keeps nothing and can do nothing otherwise
    port = free_port()
    with ordered_child("tests.load.servers.floor_app", str(port)) as floor:
        yield Running(port, floor, (floor.pid,))


FLOOR: Final = Contender("write(2)", _run, Pace(), frozenset({"fan-out", "latency"}))
