"""Asks what the kubelet would ask: each probe of a container, as it is written."""

import socket
import time
from collections.abc import Callable

import httpx2

from tests.compose.engine import CommandError
from tests.kubernetes.played import Played
from tests.support.kubernetes.objects import Object
from tests.support.waiting import DEADLINE_SECONDS, LOOK_AGAIN_SECONDS

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
SOON_SECONDS = 5.0
_CONNECT_TO_ALL = """
import socket
for *_, address in socket.getaddrinfo("nats", 4222, type=socket.SOCK_STREAM):
    socket.create_connection(address, timeout=2).recv(1)
"""


def probes_of(pods: Played, name: str) -> dict[str, Object]:
    """Return the probes of a pod's main container."""
    main = pods.workload_of(name).main
    return {kind: main[kind] for kind in PROBES if kind in main}


def answers(pods: Played, name: str, probe: Object) -> bool:
    """Return whether a probe succeeds now."""
    try:
        if "exec" in probe:
            pods.inside(name, *probe["exec"]["command"])
            return True
        if "httpGet" in probe:
            return _is_well(pods, name, probe["httpGet"])
        return _listens(pods, name, probe["tcpSocket"])
    except (CommandError, OSError, httpx2.HTTPError):
        return False


def url_of(pods: Played, name: str, port: str) -> str:
    """Return the address of a named port of a pod."""
    host, number = pods.address(name, port)
    return f"http://{host}:{number}"


def _is_well(pods: Played, name: str, asked: Object) -> bool:
    answer = httpx2.get(url_of(pods, name, asked["port"]) + asked["path"], timeout=SOON_SECONDS)
    return bool(answer.is_success or answer.is_redirect)


def _listens(pods: Played, name: str, asked: Object) -> bool:
    with socket.create_connection(pods.address(name, asked["port"]), timeout=SOON_SECONDS):
        return True


def until_probed(pods: Played, name: str) -> None:
    """Wait until every probe of a pod succeeds."""
    _until(lambda: all(answers(pods, name, one) for one in probes_of(pods, name).values()), name)


def until_found(pods: Played, name: str) -> None:
    """Wait until each address that a pod of ours finds for the Service `nats` is one that answers.

    A Service leads to pods that are ready. Podman's DNS learns a moment later who has come or gone.
    """

    def are_there() -> bool:
        try:
            pods.inside(name, "python", "-c", _CONNECT_TO_ALL)
        except CommandError:
            return False
        return True

    _until(are_there, f"nats for {name}")


def until_ended(pods: Played, name: str) -> None:
    """Wait until the container of a Job has done its work."""

    def has_ended() -> bool:
        state = pods.inspected(name)["State"]
        return (state["Status"], state["ExitCode"]) == ("exited", 0)

    _until(has_ended, name)


def _until(look: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not look():
        assert time.monotonic() < deadline, f"{name} does not come up"
        time.sleep(LOOK_AGAIN_SECONDS)
