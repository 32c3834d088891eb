"""Programs that are started with closed standard streams, as `>&-` does."""

import subprocess
import sys
from pathlib import Path

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


def test_prints_never_go_into_a_file_that_is_opened_later(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for closed in (">&-", "<&- >&- 2>&-"):
        subprocess.run(
            ("/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", PROGRAM, file),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        assert file.read_text() == "''", closed


def test_a_command_runs_although_its_output_is_closed() -> None:
    for command in ("natter", "natter-jobs"):
        path = Path(sys.executable).parent / command
        ended = subprocess.run(
            ("/bin/sh", "-c", 'exec "$1" --help >&-', "sh", path), capture_output=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b""), command
