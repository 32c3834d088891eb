"""What the launcher writes, to outputs of every kind: a terminal, a file, a stuck pipe."""

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from deploy.local.console import Console
from deploy.local.output import MOST_WAITING, Output
from deploy.local.services import demo_environment
from deploy.local.settings import LocalSettings
from tests.integration.local.launching import (
    POLITE,
    ROOT,
    launched,
    stand_in,
    wait_for_file,
    wait_until,
)
from tests.integration.local.surroundings import steer
from tests.support.waiting import DEADLINE_SECONDS

LONG = "x" * 99_999 + "\n"


def _written(tmp_path: Path, encoding: str, text: str) -> bytes:
    with io.FileIO(tmp_path / "output", "w") as file:
        output = Output(file, encoding)
        output.write(text)
        output.flush(DEADLINE_SECONDS)
    return (tmp_path / "output").read_bytes()


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "Starting NATS … é 漢\n".encode()),
        ("iso-8859-1", b"Starting NATS ... \xe9 ?\n"),
        ("ascii", b"Starting NATS ... ? ?\n"),
    ],
)
def test_what_an_encoding_does_not_have_is_replaced(
    tmp_path: Path, encoding: str, written: bytes
) -> None:
    assert _written(tmp_path, encoding, "Starting NATS … é 漢\n") == written


def test_bytes_of_a_path_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    assert _written(tmp_path, "utf-8", "data /a\udcff…\n") == b"data /a?...\n"


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = os.openpty()
    yield ours, theirs
    for descriptor in (ours, theirs):
        os.close(descriptor)


@pytest.mark.parametrize(
    ("colour", "shown"),
    [(True, b"\x1b[32mweb      | \x1b[0mhello\r\n"), (False, b"web      | hello\r\n")],
)
def test_a_terminal_gets_a_colour_a_name_and_no_color_is_honoured(
    terminal: tuple[int, int], colour: bool, shown: bytes
) -> None:
    ours, theirs = terminal
    output = Output(io.FileIO(theirs, "w", closefd=False), "utf-8")
    Console(output, colour=colour).child_line("web", "hello")
    output.flush(DEADLINE_SECONDS)
    assert os.read(ours, 1000) == shown


def test_a_closed_output_is_told_once_with_the_reason() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    told: SimpleQueue[str] = SimpleQueue()
    with io.FileIO(writer, "w") as file:
        output = Output(file, "utf-8")
        output.write("one\n")
        output.flush(DEADLINE_SECONDS)
        output.write("two\n")
        output.when_closed(told.put)
        assert told.get(timeout=DEADLINE_SECONDS) == "Broken pipe"
        output.flush(DEADLINE_SECONDS)
    assert told.empty()


def test_a_stuck_output_holds_nobody_up_and_what_was_left_out_is_said() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)  # as some programs leave a terminal that they share
    read = bytearray()

    def read_to_the_end() -> None:
        while part := os.read(reader, 1 << 20):
            read.extend(part)

    with io.FileIO(writer, "w") as file:
        output = Output(file, "utf-8")
        for _ in range(2 * MOST_WAITING // len(LONG)):
            output.write(LONG)
        threading.Thread(target=read_to_the_end, daemon=True).start()
        output.flush(DEADLINE_SECONDS)
        output.write("last\n")
        output.flush(DEADLINE_SECONDS)
    wait_until(lambda: read.endswith(b"last\n"), lambda: repr(read[-100:]))
    os.close(reader)
    *lines, note, _ = read.decode().splitlines(keepends=True)
    assert set(lines) == {LONG}
    left_out = 2 * MOST_WAITING // len(LONG) - len(lines)
    assert note == f"({left_out} lines are left out here)\n"


@contextmanager
def _started(*command: str, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _touching_at_its_end(path: Path) -> str:
    return POLITE.replace("    os.write", f"    open({str(path)!r}, 'w').close()\n    os.write")


def test_the_parts_go_on_and_can_be_stopped_while_nobody_reads(tmp_path: Path) -> None:
    done = tmp_path / "done"
    talkative = (
        f"for _ in range({2 * MOST_WAITING // len(LONG)}): print({LONG!r}, end='')\n"
        f"open({str(done)!r}, 'w').close()\n{POLITE}"
    )
    with _started(*stand_in(tmp_path, ("one", talkative)), stdout=subprocess.PIPE) as process:
        wait_until(done.exists, lambda: "it could write all")
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_SECONDS) == 0


def test_a_reader_who_has_gone_ends_all_in_order_and_is_told_of(tmp_path: Path) -> None:
    bye = tmp_path / "bye"
    # Nobody hears of a reader who has gone before there is something to write.
    talkative = POLITE.replace(
        "    time.sleep(0.1)", "    time.sleep(0.1)\n    print('x', flush=True)"
    )
    assert talkative != POLITE
    command = stand_in(tmp_path, ("one", _touching_at_its_end(bye)), ("two", talkative))
    with _started(*command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"one      | ready\n"
        process.stdout.close()
        assert process.wait(DEADLINE_SECONDS) == 0
        assert process.stderr is not None
        said = process.stderr.read()
    assert said == b"natter: standard output is closed (Broken pipe): stopping.\n"
    assert bye.exists()


def test_it_runs_with_all_its_streams_closed(tmp_path: Path) -> None:
    up, bye = tmp_path / "up", tmp_path / "bye"
    # The second child starts when the first is ready, and registered with the guard that stops it.
    last = f"open({str(up)!r}, 'w').close()\n{wait_for_file(bye)}"
    closing = ("/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    command = stand_in(tmp_path, ("one", _touching_at_its_end(bye)), ("two", last))
    with _started(*closing, *command, stdout=1) as process:
        wait_until(up.exists, lambda: "it is up")
        process.kill()  # the guard, which holds its pipe and its lock, stops the children
        wait_until(bye.exists, lambda: "its child is stopped")


def test_it_runs_where_the_terminal_takes_ascii_alone(tmp_path: Path) -> None:
    behind = ("env", "PYTHONIOENCODING=ascii")
    name = "é…"
    with launched(tmp_path, (name, POLITE), behind=behind) as launcher:
        launcher.wait_for("all up")
        assert launcher.end() == 0
    assert "?...       | ready" in launcher.text().splitlines()


@pytest.mark.parametrize("variable", ["PYTHONIOENCODING", "LC_ALL"])
def test_what_the_services_write_is_utf_8_whatever_the_terminal_takes(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    steer(monkeypatch)
    settings, _ = LocalSettings.read()
    environment = demo_environment(settings, {variable: "ascii"})
    program = "print('é…')"
    ended = subprocess.run(
        (sys.executable, "-c", program), env=environment, capture_output=True, check=True
    )
    assert ended.stdout == "é…\n".encode()
