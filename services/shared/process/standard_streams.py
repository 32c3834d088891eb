"""Standard input, output and error, as whoever starts a program leaves them."""

import os
import sys


def open_closed_streams() -> None:
    """Let /dev/null stand in for each that is closed.

    Otherwise the next file that is opened takes its number, and what is printed goes there.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - of standard error
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    # Python has None in the place of a closed one.
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as we run
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
