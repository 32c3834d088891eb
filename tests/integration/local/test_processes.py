"""How the launcher's processes stop and what they log."""

import json
import socket
import subprocess
import sys

from deploy.local import guard, process
from deploy.local.settings import LOOPBACK, inherited_environment
from services.shared.process.serving import SHUTDOWN_SECONDS
from tests.integration.local.launching import ROOT
from tests.support.waiting import DEADLINE_SECONDS


def test_a_service_may_use_all_its_grace_before_it_is_killed() -> None:
    assert process.STOP_SECONDS == guard.STOP_SECONDS
    assert process.STOP_SECONDS > SHUTDOWN_SECONDS


def test_the_demo_endpoint_logs_like_the_services() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        told = {
            "NATTER_DEMO_PORT": str(taken.getsockname()[1]),
            "NATTER_LOG_FORMAT": "json",
            "NATTER_LOG_LEVEL": "info",
        }
        ended = subprocess.run(
            (sys.executable, "-m", "services.demo"),
            cwd=ROOT,
            env={**inherited_environment(), **told},
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
    assert ended.returncode != 0
    (line,) = ended.stdout.splitlines()
    assert json.loads(line)["level"] == "error"
    assert "address already in use" in json.loads(line)["event"].lower()
