"""The ports and hosts that the READMEs describe, in each service as a process of its own."""

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from subprocess import Popen
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


def listens_on(log: Path) -> re.Match[str] | None:
    return re.search(r"listening +host=127\.0\.0\.1.* port=([1-9]\d*)", log.read_text())


@contextmanager
def started(service: str, environment: dict[str, str], log: Path) -> Iterator[Popen[bytes]]:
    with log.open("wb") as output:
        process = Popen(
            (sys.executable, "-m", MODULES[service]),
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_SECONDS)


@pytest.mark.usefixtures("web_bus")  # the streams exist first
async def test_port_0_is_a_free_one_that_the_log_names_and_a_star_is_every_name(
    database_url: str, nats_server: NatsServer, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        logs = {service: tmp_path / service for service in MODULES}
        processes = {
            service: stack.enter_context(
                started(service, environment(service, database_url, nats_server), log)
            )
            for service, log in logs.items()
        }
        for service, (path, status) in CLOSED.items():
            log = logs[service]
            found = until_ready(processes[service], partial(listens_on, log), log.read_text)
            assert await status_of(f"127.0.0.1:{found[1]}", path, FOREIGN) == status, service
