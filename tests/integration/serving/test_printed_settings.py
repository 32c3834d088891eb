"""What the READMEs say of ports and hosts, tried on each service as a process of its own."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from deploy.local.nats_server import NatsServer
from tests.integration.serving.test_hosts import FOREIGN, status_of
from tests.support.printed import ROOT
from tests.support.tokens import SECRET
from tests.support.waiting import DEADLINE_SECONDS, until_ready

MODULES: Final = {
    "WEB": "services.web",
    "REALTIME": "services.realtime",
    "AI": "services.ai",
    "DEMO": "services.demo",
}
# What is closed to names that are not listed, and how it answers to those that are.
CLOSED: Final = {
    "WEB": ("/", 303),
    "REALTIME": ("/metrics", 200),
    "AI": ("/metrics", 200),
    "DEMO": ("/v1/models", 200),
}


def environment(service: str, database_url: str, nats: NatsServer) -> dict[str, str]:
    user = service.lower()
    return {
        f"NATTER_{service}_PORT": "0",
        f"NATTER_{service}_ALLOWED_HOSTS": '["*"]',
        "DATABASE_URL": database_url,
        "NATS_URL": "" if service == "DEMO" else nats.url(user),
        "NATTER_STREAM_KEYS": f'["{SECRET}"]',
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    }


@pytest.fixture(params=MODULES)
def started(
    request: pytest.FixtureRequest,
    database_url: str,
    nats_server: NatsServer,
    web_bus: object,  # noqa: ARG001 - the streams are there first
    tmp_path: Path,
) -> Iterator[tuple[str, str]]:
    """A service that was told to take any port and to answer to any name; its name and log."""
    log = tmp_path / "log"
    service: str = request.param
    with log.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", MODULES[service]),
            cwd=ROOT,
            env=environment(service, database_url, nats_server),
            stdout=output,
            stderr=output,
        )
    try:
        found = until_ready(
            process,
            lambda: re.search(r"listening +host=127\.0\.0\.1.* port=([1-9]\d*)", log.read_text()),
            log.read_text,
        )
        yield service, f"127.0.0.1:{found[1]}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_SECONDS)


async def test_port_0_is_a_free_one_that_the_log_tells_and_a_star_is_every_name(
    started: tuple[str, str],
) -> None:
    service, address = started
    path, status = CLOSED[service]
    assert await status_of(address, path, FOREIGN) == status
