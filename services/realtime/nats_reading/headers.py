"""Reads a message's headers from the wire: nats-py's own parsing costs too much.

Reference: NATS ADR-4, "NATS Message Headers". The server writes its headers behind the publisher's,
so of two headers with one name the last one counts.
"""

from collections.abc import Mapping
from typing import Final

from services.shared.bus.stored_messages import STATUS

VERSION: Final = "NATS/1.0"
END: Final = b"\r\n"


def number_in(headers: bytes, name: bytes) -> int:
    r"""Return the number in a header; raise `ValueError` where there is none.

    `name` is written as `\r\n<name>: `, so that it is found only at the beginning of a line.
    """
    begin = headers.rfind(name)
    if begin < 0:
        raise ValueError("no such header")
    begin += len(name)
    return int(headers[begin : headers.index(END, begin)])


def text_in(headers: bytes, name: bytes) -> str | None:
    """Return a header's value, or None; `name` is written as for `number_in`."""
    begin = headers.rfind(name)
    if begin < 0:
        return None
    begin += len(name)
    return headers[begin : headers.find(END, begin)].decode("ascii", "replace")


def read_headers(headers: bytes) -> dict[str, str]:
    """Return all headers; a status in the first line is returned as `STATUS`."""
    first, *lines = headers.decode("utf-8", "replace").rstrip().split("\r\n")
    read = {STATUS: first[len(VERSION) + 1 :].partition(" ")[0]} if first != VERSION else {}
    for line in lines:
        name, _, value = line.partition(":")
        read[name] = value.strip()
    return read


def write_headers(headers: Mapping[str, str] | None) -> bytes:
    """Write headers that nats-py has read; it returns a status as a header, too."""
    lines = (f"\r\n{name}: {value}" for name, value in (headers or {}).items())
    return f"{VERSION}{''.join(lines)}\r\n\r\n".encode()
