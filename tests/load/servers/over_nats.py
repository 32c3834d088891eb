"""The two servers that the stream feeds: Natter's gateway, and the stock way."""

import http.client
import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.nats_server import NatsServer, running_nats
from tests.load.child import OrderedChild, ordered_child
from tests.load.servers.running import (
    Contender,
    Pace,
    Running,
    Setting,
    accepts,
    process,
)
from tests.support.ports import free_port

_HEALTH_SECONDS: Final = 2.0
_COMMON: Final = frozenset({"memory", "fan-out", "handshakes", "latency"})
# What no other server has.
_ALONE: Final = frozenset(
    {
        "resume",
        "answers",
        "first-token",
        "stop",
        "provider",
        "markdown",
        "services",
        "outbox",
        "bus",
        "chat-page",
        "search",
        "streaming",
        "tabs",
    }
)


@contextmanager
def _run_natter(folder: Path, setting: Setting) -> Iterator[Running]:
    key, port = secrets.token_hex(32), free_port()
    with _stream(folder, setting) as (nats, publisher):
        env = {
            "NATS_URL": nats.url("realtime"),
            "NATTER_REALTIME_PORT": str(port),
            "NATTER_STREAM_KEYS": json.dumps([key]),
            **setting.variables,
        }
        argv = (sys.executable, "-m", "services.realtime")
        with process("gateway", argv, env, lambda: _is_ready(port)) as pid:
            yield Running(port, publisher, (pid,), (nats.child.pid,), key)


@contextmanager
def _run_stock(folder: Path, setting: Setting) -> Iterator[Running]:
    key, port = secrets.token_hex(32), free_port()
    with _stream(folder, setting) as (nats, publisher):
        env = {"NATS_URL": nats.url("realtime"), "PORT": str(port), "KEY": key}
        argv = (sys.executable, "-m", "tests.load.servers.stock_app")
        with process("stock gateway", argv, env, lambda: accepts(port)) as pid:
            yield Running(port, publisher, (pid,), (nats.child.pid,), key)


@contextmanager
def _stream(folder: Path, setting: Setting) -> Iterator[tuple[NatsServer, OrderedChild]]:
    """Run a nats-server with the streams and a publisher, and prepare what the measure wants."""
    with (
        running_nats(folder) as nats,
        ordered_child("tests.load.publishers.jetstream", nats.url("web")) as publisher,
    ):
        setting.prepare(publisher)
        yield nats, publisher


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_HEALTH_SECONDS)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


NATTER: Final = Contender("Natter", _run_natter, Pace(), _COMMON | _ALONE)
STOCK: Final = Contender("stock", _run_stock, Pace(), _COMMON)
