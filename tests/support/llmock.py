"""llmock, an OpenAI-compatible server that is none of ours, as a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.waiting import DEADLINE_SECONDS, until_ready

_LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@pytest.fixture(scope="session")
def llmock_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a running llmock, such as `http://127.0.0.1:40001`."""
    log = tmp_path_factory.mktemp("llmock") / "log"
    program = str(Path(sys.executable).parent / "llmock")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "serve", "--port", "0"], stdout=output, stderr=output, env={}
        )
        try:
            yield _wait_for_origin(log, process)
        finally:
            process.terminate()
            process.wait()


@pytest.fixture
def llmock(llmock_process: str) -> str:
    """The origin of an llmock that has forgotten every earlier test."""
    _post(f"{llmock_process}/_llmock/reset")
    return llmock_process


def plan(origin: str, *behaviors: dict[str, object]) -> None:
    """Queue what the next requests for answers meet (llmock, "scenarios")."""
    matched = [{**behavior, "match": {"path": "/v1/chat/completions"}} for behavior in behaviors]
    _post(f"{origin}/_llmock/scenario", {"behaviors": matched})


def _post(url: str, body: object = None) -> None:
    httpx2.post(url, json=body, timeout=DEADLINE_SECONDS).raise_for_status()


def _wait_for_origin(log: Path, process: subprocess.Popen[bytes]) -> str:
    def origin() -> str | None:
        found = _LISTENING.search(log.read_text())
        return found and found[1]

    return until_ready(process, origin, log.read_text)
