"""The libraries that two folders go round: pinned, and still what was read when that was written.

Where a test here fails after an upgrade, what has changed is to be read, and the folder's tests are
to be run; then the new digest goes in here.
"""

import hashlib
import inspect
import tomllib
from importlib.metadata import version

import nats.aio.transport
import pytest
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.protocol.parser import Parser
from packaging.requirements import Requirement
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server, ServerState

from tests.architecture.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
UPGRADE, NATS_READING = "services/realtime/upgrade", "services/realtime/nats_reading"
# What is relied upon, where, and the digest of its source.
READ: list[tuple[object, str, str]] = [
    (HttpToolsProtocol, UPGRADE, "18fdf324b11bf160"),
    (RequestResponseCycle, UPGRADE, "e67d470d435dcc1c"),
    (FlowControl, UPGRADE, "126debcdaa894c83"),
    (ServerState, UPGRADE, "f2260fbf10154746"),
    (Server.startup, UPGRADE, "2aa1d70a244bfcf2"),
    (Server.shutdown, UPGRADE, "9b33c50562992b1e"),
    (Config.load, UPGRADE, "92b7159dce105a9c"),
    (Parser, NATS_READING, "0fb65d992f6f0614"),
    (Subscription, NATS_READING, "e68518903d0f9706"),
    (Client.subscribe, NATS_READING, "30bf1c4cc1c94806"),
    (nats.aio.transport.TcpTransport, NATS_READING, "516720a2ccd8c051"),
]


def test_what_is_gone_round_has_not_changed() -> None:
    changed = [(read, folder) for read, folder, digest in READ if digest_of(read) != digest]
    assert changed == [], "read these again, and the folders that go round them"


def digest_of(read: object) -> str:
    source = inspect.getsource(read)  # type: ignore[arg-type]  # a class or a function
    return hashlib.sha256(source.encode()).hexdigest()[:16]


@pytest.mark.parametrize("library", ["uvicorn", "nats-py"])
def test_a_library_that_is_gone_round_has_an_upper_bound_everywhere(library: str) -> None:
    asked = [Requirement(line) for lines in EXTRAS.values() for line in lines]
    bounds = [each.specifier for each in asked if each.name == library]
    assert bounds
    for bound in bounds:
        assert any(one.operator in {"<", "==", "~="} for one in bound), bound
        assert version(library) in bound


def test_only_the_two_folders_may_use_private_names() -> None:
    lint = PROJECT["tool"]["ruff"]["lint"]
    private = {"SLF", "SLF001", "PLC2701"}
    exempt = {
        pattern: private & set(rules)
        for pattern, rules in lint["per-file-ignores"].items()
        if private & set(rules)
    }
    assert exempt == {"services/realtime/{nats_reading,upgrade}/**": {"SLF001", "PLC2701"}}
    assert "PLC2701" in lint["extend-select"]
    assert not private & set(lint["ignore"])
