"""What the `natter` commands refuse before they have asked the bus for anything."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.realtime.cli import main
from tests.support.logs import restored_logging
from tests.support.sockets import element

__all__ = ["restored_logging"]

pytestmark = pytest.mark.usefixtures("restored_logging")

NOWHERE = "nats://127.0.0.1:1"
HTML = element("Hello World")
UPDATE = '<turbo-stream action="update" target="log">{}</turbo-stream>'
NO_GROUP = "a group is a lower-case word"
NO_USER = "a user is 1 to 128"
NO_CURSOR = "a cursor is eight hex digits"
REFUSED: list[tuple[list[str], str]] = [
    (["publish", "chat_*", HTML], NO_GROUP),
    (["publish", "chat_1.x", HTML], NO_GROUP),
    (["publish", "", HTML], NO_GROUP),
    *[
        (["publish", "chat_1", html], reason)
        for html, reason in (
            ("", "there is no <turbo-stream> element"),
            ("Hello World", "text stands outside"),
            (f"{HTML} and more", "text stands outside"),
            ("<div></div>", "<div> stands outside"),
            (f"<!-- note -->{HTML}", "a comment stands outside"),
            ("<turbo-stream></turbo-stream>", "has no action"),
            ('<turbo-stream action="append"></turbo-stream>', "names no target"),
            ('<turbo-stream action="refresh">', "is not closed"),
            ("</turbo-stream>", "closes nothing"),
            (UPDATE.format(""), 'the action "update" has no <template>'),
            (UPDATE.format("<b>Hello</b>"), "<b> stands in the place of the <template>"),
            (UPDATE.format("<template>Hello"), "comes before <template> is closed"),
            (UPDATE.format("<template><b><i></b></i></template>"), "comes before <i> is closed"),
            (HTML.replace("append", "apend"), 'Turbo knows no action "apend"'),
            (HTML.replace("append", "redirect"), "--custom-action redirect"),
            (HTML.replace("turbo", "TURBO"), "must begin and end"),
            (os.fsdecode(b"<turbo-stream\xff"), "is not UTF-8"),
        )
    ],
    (["tail", "chat_*"], NO_GROUP),
    (["tail", ">"], NO_GROUP),
    (["tail", ""], NO_GROUP),
    (["tail", "chat_1", "--since", "5"], NO_CURSOR),
    (["tail", "chat_1", "--since", ""], NO_CURSOR),
    (["tail", "chat_1", "--since", "0f3a99c1.-1"], NO_CURSOR),
    (["kick"], "name a user, a group or both"),
    (["kick", "--revoke"], "name a user, a group or both"),
    (["kick", "--user", ""], NO_USER),
    (["kick", "--user", "two words"], NO_USER),
    (["kick", "--user", "\x1b[2J"], NO_USER),
    (["kick", "--user", "x" * 129], NO_USER),
    (["kick", "--group", "*"], NO_GROUP),
    (["kick", "--group", ""], NO_GROUP),
    (["kick", "--user", "7", "--group", "chat_1.x"], NO_GROUP),
]
WRONG_USAGE = [
    [],
    ["burn"],
    ["publish"],
    ["publish", "chat_1"],
    ["tail"],
    ["tail", "chat_1", "--last", "-1"],
    ["tail", "chat_1", "--last", "many"],
    ["tail", "chat_1", "--last", "10001"],
    ["tail", "chat_1", "--last", "1_0"],
    ["tail", "chat_1", "--last", "²"],
    ["tail", "chat_1", "--last", "9" * 5000],
    ["tail", "chat_1", "--last", "1", "--since", "0f3a99c1.1"],
]
COMMANDS = (["publish", "chat_1", HTML], ["tail", "chat_1"], ["kick", "--user", "7"])


@dataclass
class Natter:
    """The command in this process, in an empty folder; `url` is what `NATS_URL` holds."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, arguments: Sequence[str], url: str | None = NOWHERE) -> tuple[int, str, str]:
        """Return status, output and errors."""
        if url is None:
            self.monkeypatch.delenv("NATS_URL", raising=False)
        else:
            self.monkeypatch.setenv("NATS_URL", url)
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = int(str(ended.code))
        return status, *self.capsys.readouterr()


@pytest.fixture
def natter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Natter:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NATTER_DATA_DIR", raising=False)
    return Natter(monkeypatch, capsys)


def test_what_cannot_be_done_is_refused_on_one_line_with_the_reason(natter: Natter) -> None:
    wrong = []
    for arguments, reason in REFUSED:
        status, output, errors = natter.run(arguments)
        is_line = errors.startswith("natter: refused: ") and errors.count("\n") == 1
        if (status, output) != (2, "") or not is_line or reason not in errors:
            wrong.append((arguments, status, output, errors))
    assert not wrong


def test_a_wrong_usage_is_shown_the_right_one(natter: Natter) -> None:
    wrong = []
    for arguments in WRONG_USAGE:
        status, output, errors = natter.run(arguments)
        is_usage = errors.startswith("usage: natter")
        # Names of functions, which begin with an underscore, must not show.
        if (status, output) != (2, "") or not is_usage or " _" in errors:
            wrong.append((arguments, status, output, errors))
    assert not wrong


def test_standard_input_that_is_no_text_is_refused(
    natter: Natter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00")))
    refused = natter.run(["publish", "chat_1", "-"])
    assert refused == (2, "", "natter: refused: the HTML is not UTF-8\n")


def test_without_an_address_each_command_says_where_it_has_looked(natter: Natter) -> None:
    for arguments, note in zip(COMMANDS, ("publisher", "operator", "operator"), strict=True):
        status, output, errors = natter.run(arguments, url=None)
        assert (status, output) == (2, "")
        assert "NATS_URL is not set" in errors
        assert f"{note}.env" in errors


def test_without_a_server_each_command_says_so_on_one_line(natter: Natter) -> None:
    wrong = []
    for arguments in COMMANDS:
        for url in (NOWHERE, "nats://127.0.0.1:99999", "nats://[", "not an address", ""):
            status, output, errors = natter.run(arguments, url)
            is_line = errors.startswith("natter: ") and errors.count("\n") == 1
            if status not in {1, 2} or output or not is_line:
                wrong.append((arguments, url, status, output, errors))
    assert not wrong
