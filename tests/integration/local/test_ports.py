import os
import socket
from collections.abc import Iterator

import pytest

from deploy.local.ports import Port, check_ports, is_free
from deploy.local.process import StartError

LOOPBACK = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_named_with_its_holder_and_the_remedy(taken: int) -> None:
    with pytest.raises(StartError) as caught:
        check_ports([Port("web", LOOPBACK, taken, "NATTER_WEB_PORT")])
    message = str(caught.value)
    assert f"port {taken}, needed by web, is taken by " in message
    assert f"(process {os.getpid()})" in message
    other = int(message.partition("NATTER_WEB_PORT=")[2].split(maxsplit=1)[0])
    assert is_free(LOOPBACK, other)


def test_every_busy_port_is_named_at_once(taken: int) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        second = server.getsockname()[1]
        ports = [Port("web", LOOPBACK, taken, "W"), Port("ai", LOOPBACK, second, "A")]
        with pytest.raises(StartError) as caught:
            check_ports(ports)
    assert f"port {taken}, needed by web" in str(caught.value)
    assert f"port {second}, needed by ai" in str(caught.value)


def test_one_port_given_to_two_parts_is_refused() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(StartError, match=f"port {port} is given to web and ai"):
        check_ports([Port("web", LOOPBACK, port, "W"), Port("ai", LOOPBACK, port, "A")])


def test_free_ports_pass() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    check_ports([Port("web", LOOPBACK, port, "NATTER_WEB_PORT")])
