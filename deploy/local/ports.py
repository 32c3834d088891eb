"""Checks the ports of the parts, and explains why one is not free."""

import errno
import socket
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # psutil ships no types

from deploy.local.process import StartError

_STEP = 10
_TRIES = 50
# Below this number, most systems let only root listen.
_PRIVILEGED = 1024
_INSTEAD = 8000


@dataclass(frozen=True, slots=True)
class Port:
    """A port, the part that needs it, and the variables that change it."""

    part: str
    host: str
    number: int
    variable: str

    @property
    def host_variable(self) -> str:
        """The variable that names its address."""
        return self.variable.replace("_PORT", "_HOST")


def check_ports(ports: Iterable[Port]) -> None:
    """Raise StartError with every port that is not free, why, and the remedy."""
    wanted: dict[int, str] = {}
    faults = []
    for port in ports:
        if port.number in wanted:
            faults.append(
                f"port {port.number} is given to {wanted[port.number]} and {port.part}:"
                f" take another for one of them, {_remedy(port)}"
            )
        elif (error := _try(port.host, port.number)) is not None:
            faults.append(_describe(port, error))
        wanted.setdefault(port.number, port.part)
    if faults:
        raise StartError("\n".join(faults))


def is_free(host: str, number: int) -> bool:
    """Return whether a server could listen there now."""
    return _try(host, number) is None


def free_ports(hosts: Iterable[str]) -> list[int]:
    """Return a free port on each of `hosts`, all different; raises StartError if there is none."""
    with ExitStack() as stack:
        try:
            servers = [stack.enter_context(_bound(host, 0)) for host in hosts]
        except OSError as error:
            raise StartError(f"no port can be had: {error.strerror}") from error
        return [int(server.getsockname()[1]) for server in servers]


def _try(host: str, number: int) -> OSError | None:
    try:
        _bound(host, number).close()
    except OSError as error:
        return error
    return None


def _bound(host: str, number: int) -> socket.socket:
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if number:  # with it, the system could choose the same free port twice
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host, number))
    except OSError:
        server.close()
        raise
    return server


def _describe(port: Port, error: OSError) -> str:
    needed = f"port {port.number}, needed by {port.part},"
    match error.errno:
        case errno.EADDRINUSE:
            holder = _holder(port.number)
            return (
                f"{needed} is taken{holder}:\n"
                f"  stop that program, or take another port: {_remedy(port)}"
            )
        case errno.EACCES | errno.EPERM:
            return f"{needed} needs rights that you do not have:\n  take another: {_remedy(port)}"
        case _:
            return (
                f"{needed} cannot be opened on {port.host} ({error.strerror}):\n"
                f"  take another address: {port.host_variable}=127.0.0.1 make run"
            )


def _remedy(port: Port) -> str:
    return f"{port.variable}={_other(port)} make run"


def _holder(number: int) -> str:
    # Another user's processes, and on macOS all of them, are not shown to an ordinary user.
    with suppress(psutil.Error):
        for connection in psutil.net_connections("inet"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == number
            if listens and connection.pid is not None:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""


def _other(port: Port) -> int:
    first = port.number + (_STEP if port.number >= _PRIVILEGED else _INSTEAD)
    others = range(first, min(first + _TRIES * _STEP, 65536), _STEP)
    return next((number for number in others if is_free(port.host, number)), 0)
