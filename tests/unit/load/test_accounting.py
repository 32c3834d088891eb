"""What the operating system tells of a process."""

import mmap
import os
import time

import pytest

from tests.load.accounting import (
    cpu_seconds,
    is_counted,
    resident_bytes,
    waiting_seconds,
)

pytestmark = pytest.mark.skipif(not is_counted(), reason="this system has no /proc")


def test_work_is_counted_and_waiting_is_not() -> None:
    before, clock = cpu_seconds([os.getpid()]), time.process_time()
    while time.process_time() - clock < 0.1:
        pass
    assert cpu_seconds([os.getpid()]) - before >= 0.08


def test_memory_that_is_used_is_resident() -> None:
    before = resident_bytes([os.getpid()])
    # Pages of its own: what the allocator hands out may have been resident already.
    with mmap.mmap(-1, 20_000_000) as used:
        used.write(b"x" * len(used))
        assert resident_bytes([os.getpid()]) - before > len(used) // 2


def test_waiting_for_a_core_never_gets_less() -> None:
    before = waiting_seconds(os.getpid())
    assert 0 <= before <= waiting_seconds(os.getpid())
