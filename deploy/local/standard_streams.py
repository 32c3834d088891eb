"""Standard input, output and error, as whoever starts the launcher left them."""

import os


def open_closed_streams() -> None:
    """Open /dev/null in the place of each that is closed.

    Otherwise the next file that is opened takes its number, and what is printed goes there.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - of standard error
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
