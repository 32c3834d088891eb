"""The library internals that two folders use: pinned, and unchanged since that code was written.

Where a test here fails after an upgrade, read what has changed, run the folder's tests, and put in
the new digest.
"""

import hashlib
import inspect
import re
import tomllib
from importlib.metadata import version
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
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
EVASION = re.compile(
    r"noqa:[ \w,]*\b(?:SLF001|PLC2701)"
    r"|\b(?:[gs]et|del|has)attr\([^()]*(?:\([^()]*\))*[^()]*,\s*[\"']_[a-z]"
)


class Internals(NamedTuple):
    """What a folder relies on, and the digest of its source when that was read."""

    source: object
    folder: str
    relied_on: str
    digest: str


# `upgrade` is worth four times the handshakes of uvicorn's own WebSockets and a thirtieth of their
# memory, beside the bounds of its HTTP; `nats_reading` two thirds of nats-py's time for a message.
GONE_ROUND = [
    Internals(
        HttpToolsProtocol,
        UPGRADE,
        "BoundedHttpProtocol overrides its callbacks and timers: bounds of head, body and time",
        "18fdf324b11bf160",
    ),
    Internals(
        RequestResponseCycle,
        UPGRADE,
        "`response_complete` and `keep_alive` decide what happens to pipelined requests",
        "e67d470d435dcc1c",
    ),
    Internals(
        FlowControl,
        UPGRADE,
        "pauses writing, which sets the deadline of a client that reads nothing",
        "126debcdaa894c83",
    ),
    Internals(
        ServerState,
        UPGRADE,
        "held sockets join `connections`, tasks of handshakes join `tasks`",
        "f2260fbf10154746",
    ),
    Internals(
        Server.startup,
        UPGRADE,
        "makes the `http=` protocol of each connection with these arguments",
        "2aa1d70a244bfcf2",
    ),
    Internals(
        Server.shutdown,
        UPGRADE,
        "calls `shutdown()` of each connection, and waits until they have left",
        "9b33c50562992b1e",
    ),
    Internals(
        Config.load,
        UPGRADE,
        "takes protocol classes for `http=` and `ws=`, and sets `loaded_app`",
        "92b7159dce105a9c",
    ),
    Internals(
        Parser,
        NATS_READING,
        "FastParser keeps its `buf` and `state`, and leaves it all but whole republished messages",
        "0fb65d992f6f0614",
    ),
    Internals(
        Subscription,
        NATS_READING,
        "`_future` holds the sink, so that a subscription costs no task",
        "e68518903d0f9706",
    ),
    Internals(
        Client,
        NATS_READING,
        "`_subs` finds the sink, `_ps` is replaced, `_transport` is paused, and a future is given"
        " every message",
        "5b9a9336528b0851",
    ),
    Internals(
        TcpTransport,
        NATS_READING,
        "`_io_writer` has the transport that ReadBatching pauses",
        "516720a2ccd8c051",
    ),
]


def test_the_internals_in_use_have_not_changed() -> None:
    changed = [
        f"{each.source} is now {found}: {each.folder} relies on it ({each.relied_on})"
        for each in GONE_ROUND
        if (found := _digest(each.source)) != each.digest
    ]
    assert not changed, "\n".join(changed)


def _digest(source: object) -> str:
    text = inspect.getsource(source)  # type: ignore[arg-type]  # a class, a function or a module
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_library_whose_internals_are_used_has_an_upper_bound_everywhere() -> None:
    for library in ("uvicorn", "nats-py"):
        asked = [Requirement(line) for lines in EXTRAS.values() for line in lines]
        bounds = [each.specifier for each in asked if each.name == library]
        assert bounds, library
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


def test_no_comment_or_string_gets_past_that() -> None:
    """A `noqa`, or a private name in a string, which ruff does not see."""
    allowed = (ROOT / UPGRADE, ROOT / NATS_READING)
    here = ROOT / "tests/architecture/test_library_internals.py"
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("services", "deploy", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != here and not any(path.is_relative_to(each) for each in allowed)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if EVASION.search(line)
    ]
    assert not found, "\n".join(found)
