"""The limit of open files, in a process of its own: here it could not be lowered and raised."""

import subprocess
import sys

PROGRAM = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 512))
from services.realtime.__main__ import allow_sockets
for wanted in (100, 500):
    allow_sockets(wanted)
    print(wanted, "sockets: limit", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_the_limit_is_raised_and_a_warning_says_what_does_not_fit() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    fits, _, does_not_fit = done.stdout.decode().partition("100 sockets: limit 512")
    assert "few_descriptors" not in fits
    assert "few_descriptors" in does_not_fit
    assert "lower NATTER_REALTIME_MAX_SOCKETS" in does_not_fit
    assert "500 sockets: limit 512" in does_not_fit
