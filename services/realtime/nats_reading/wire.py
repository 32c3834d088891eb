"""Headers of a message as they stand on the wire, where all of nats-py's would cost too much.

Reference: NATS ADR-4, "NATS Message Headers". A header may stand there twice: the server writes its
own behind a publisher's, so the last one counts.
"""

from collections.abc import Mapping
from typing import Final

from services.shared.bus.stored_messages import STATUS

VERSION: Final = "NATS/1.0"
END: Final = b"\r\n"


def number_in(headers: bytes, name: bytes) -> int:
    r"""Return the number in a header; raise `ValueError` where there is none.

    `name` is `\r\n<name>: `, so that it is found at the beginning of a line only.
    """
    begin = headers.rfind(name)
    if begin < 0:
        raise ValueError("no such header")
    begin += len(name)
    return int(headers[begin : headers.index(END, begin)])


def text_in(headers: bytes, name: bytes) -> str | None:
    """Return a header's value; `name` is as for `number_in`."""
    begin = headers.rfind(name)
    if begin < 0:
        return None
    begin += len(name)
    return headers[begin : headers.find(END, begin)].decode("ascii", "replace")


def read_headers(headers: bytes) -> dict[str, str]:
    """Return all headers; the status that the server may give in the first line is `STATUS`."""
    first, *lines = headers.decode("utf-8", "replace").rstrip().split("\r\n")
    read = {STATUS: first[len(VERSION) + 1 :].partition(" ")[0]} if first != VERSION else {}
    for line in lines:
        name, _, value = line.partition(":")
        read[name] = value.strip()
    return read


def write_headers(headers: Mapping[str, str] | None) -> bytes:
    """Write what nats-py has read: with a status it takes the first line for a header, too."""
    lines = (f"\r\n{name}: {value}" for name, value in (headers or {}).items())
    return f"{VERSION}{''.join(lines)}\r\n\r\n".encode()
