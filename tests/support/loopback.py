"""Keeps every test on this machine: a connection beyond loopback fails the test that made it."""

import ipaddress
import sys


class BeyondLoopbackError(AssertionError):
    """A test tried to reach another machine."""


def block_everything_beyond_loopback() -> None:
    """Refuse, for the rest of the process, to connect or to look up a name beyond loopback."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise BeyondLoopbackError(f"tests may not connect to {address[0]}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode() if isinstance(host, bytes) else host
        if name and not _is_loopback(str(name)):
            raise BeyondLoopbackError(f"tests may not look up {name}")


def _is_loopback(host: str) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
