"""Finding busy ports before anything starts."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # psutil ships no types

from deploy.local.process import StartError

_STEP = 10


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is needed, by which part, and the variable that moves it."""

    part: str
    host: str
    number: int
    variable: str


def check_ports(ports: Iterable[Port]) -> None:
    """Raise StartError that names every port that is taken, by whom, and the remedy."""
    wanted: dict[int, str] = {}
    faults = []
    for port in ports:
        if port.number in wanted:
            faults.append(f"port {port.number} is given to {wanted[port.number]} and {port.part}")
        elif not is_free(port.host, port.number):
            faults.append(_describe(port))
        wanted.setdefault(port.number, port.part)
    if faults:
        raise StartError("\n".join(faults))


def is_free(host: str, number: int) -> bool:
    """Tell whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
        return True


def _describe(port: Port) -> str:
    return (
        f"port {port.number}, needed by {port.part}, is taken{_holder(port.number)}:\n"
        f"  stop that program, or take another port: {port.variable}={_other(port)} make run"
    )


def _holder(number: int) -> str:
    # Another user's processes, and on macOS all of them, are not shown to an ordinary user.
    with suppress(psutil.Error):
        for connection in psutil.net_connections("inet"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == number
            if listens and connection.pid is not None:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""


def _other(port: Port) -> int:
    others = range(port.number + _STEP, min(port.number + 50 * _STEP, 65536), _STEP)
    return next((number for number in others if is_free(port.host, number)), 0)
