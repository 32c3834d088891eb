"""What the operating system tells of a process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.load.accounting import cpu_seconds, is_counted, resident_bytes, waiting_seconds

pytestmark = pytest.mark.skipif(not is_counted(), reason="this system has no /proc")

WORKING = """
import time
while time.process_time() < 0.3:
    pass
"""
HOLDING = "held = b'x' * 50_000_000"
# What has started another one, which holds the memory, and has heard from it.
PARENT = f"""
import subprocess, sys
child = [sys.executable, "-c", {f"{HOLDING}; print(flush=True); input()"!r}]
process = subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
process.stdout.readline()
"""
# Children that end, and are reaped, all the time.
RESTLESS = """
import subprocess, threading
def go_on():
    while True:
        subprocess.run(["true"])
for _ in range(3):
    threading.Thread(target=go_on, daemon=True).start()
"""


@contextmanager
def done(code: str) -> Iterator[int]:
    """Give the number of a process of its own that has carried `code` out, and waits."""
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}\nprint(flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"
            yield process.pid
        finally:
            process.kill()


def test_work_is_counted_and_waiting_is_not() -> None:
    with done(WORKING) as pid:
        worked = cpu_seconds([pid])
        assert worked >= 0.25
        # Nothing but the wait for a line is left, however long this takes.
        assert cpu_seconds([pid]) - worked < 0.05


def test_memory_that_is_used_is_resident() -> None:
    with done("") as small, done(HOLDING) as large:
        assert resident_bytes([large]) - resident_bytes([small]) > 40_000_000


def test_what_a_process_has_started_is_counted_with_it() -> None:
    with done("") as alone, done(PARENT) as parent:
        assert resident_bytes([parent]) - resident_bytes([alone]) > 40_000_000


def test_children_may_end_while_they_are_looked_at() -> None:
    with done(WORKING + RESTLESS) as pid:
        for _ in range(100):
            assert resident_bytes([pid]) > 0
            assert cpu_seconds([pid]) > 0


def test_a_process_that_is_not_there_is_no_matter_of_course() -> None:
    with done("") as pid:
        pass
    with pytest.raises(FileNotFoundError):
        cpu_seconds([pid])


def test_waiting_for_a_core_never_gets_less() -> None:
    before = waiting_seconds(os.getpid())
    assert 0 <= before <= waiting_seconds(os.getpid())
