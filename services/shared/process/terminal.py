"""Makes printing safe: escaped text, and open standard streams."""

import os
import sys


def printable(text: str) -> str:
    r"""Return `text` on one line, with every character escaped that could steer a terminal.

    These are control characters (C0, DEL, C1), line separators, marks that change the direction of
    writing, and lone surrogates, which no encoding can write. They become `\u2028` and the like.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def open_closed_streams() -> None:
    """Open /dev/null in the place of each standard stream that is closed.

    Otherwise the next file that is opened gets its number, and prints go into that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - of standard error
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    # For a closed stream, Python has None.
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as we run
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
