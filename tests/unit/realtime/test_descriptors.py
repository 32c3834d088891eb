"""The limit on descriptors, in processes of their own: it could not be raised again in this one."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from services.realtime.descriptors import allow_sockets
allow_sockets(wanted)
print("limit", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(("wanted", "is_warned"), [(100, False), (500, True)])
def test_the_limit_is_raised_and_what_does_not_fit_is_said(wanted: int, is_warned: bool) -> None:
    arguments = [sys.executable, "-c", PROGRAM, "128", "512", str(wanted)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert "limit 512" in done.stdout
    assert ("few_descriptors" in done.stdout) is is_warned
    assert ("lower NATTER_REALTIME_MAX_SOCKETS" in done.stdout) is is_warned
