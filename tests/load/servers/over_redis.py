"""The original's stack: daphne, Channels and a Redis of its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.load.child import ROOT, ordered_child
from tests.load.servers.running import (
    Contender,
    Pace,
    Running,
    Setting,
    accepts,
    process,
)
from tests.support.ports import free_port

ENVIRONMENT: Final = ROOT / ".venv/bench"
_SEVERAL_TIMES_SLOWER: Final = Pace(
    sockets=2_000, in_flight=20, wide=2_000, single=400, mixed=1_000
)


@contextmanager
def _run(folder: Path, setting: Setting) -> Iterator[Running]:
    del setting  # it has none that a measure wants otherwise
    redis_port, port, python = free_port(), free_port(), str(ENVIRONMENT / "bin/python")
    publisher_module = "tests.load.publishers.channel_layer"
    daphne = (python, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port))
    env = {"PATH": os.defpath, "REDIS_URL": f"redis://127.0.0.1:{redis_port}"}
    with (
        process("redis", _redis(folder, redis_port), {}, lambda: accepts(redis_port)) as bus,
        ordered_child(publisher_module, str(redis_port), python=python) as publisher,
        process(
            "daphne",
            (*daphne, "tests.load.servers.channels_app:application"),
            env,
            lambda: accepts(port),
        ) as pid,
    ):
        yield Running(port, publisher, (pid,), (bus,))


def _redis(folder: Path, port: int) -> tuple[str, ...]:
    program = shutil.which("redis-server") or "redis-server"
    here = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder))
    return (program, *here, "--save", "", "--appendonly", "no", "--maxclients", "15000")


CHANNELS: Final = Contender(
    "channels",
    _run,
    _SEVERAL_TIMES_SLOWER,
    frozenset({"memory", "fan-out", "handshakes", "latency"}),
)
