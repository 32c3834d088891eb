"""A program that is started with closed streams, as `>&-` has it, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from services.shared.process.logging import configure_logging, get_logger
configure_logging("info", "console")
with open(sys.argv[1], "w") as file:
    get_logger("test").info("it_goes_nowhere")
    print("nor does this", flush=True)
    print("nor this", file=sys.stderr, flush=True)
    file.write(repr(sys.stdin.read()))
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_is_printed_goes_into_no_file_that_is_opened_later(
    tmp_path: Path, closed: str
) -> None:
    file = tmp_path / "file"
    subprocess.run(
        ("/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", PROGRAM, file),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert file.read_text() == "''"


@pytest.mark.parametrize("command", ["natter", "natter-jobs"])
def test_a_command_runs_though_its_output_is_closed(command: str) -> None:
    path = Path(sys.executable).parent / command
    ended = subprocess.run(
        ("/bin/sh", "-c", 'exec "$1" --help >&-', "sh", path), capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
