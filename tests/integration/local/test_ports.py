import os
import socket
from collections.abc import Iterator

import pytest

from deploy.local.configuration import load_configuration
from deploy.local.nats_server import USERS
from deploy.local.ports import Port, check_ports, is_free
from deploy.local.process import StartError
from deploy.local.services import (
    Backends,
    ai_environment,
    demo_environment,
    realtime_environment,
    web_environment,
)
from deploy.local.stack import choose_ports, needed_ports
from tests.integration.local.ordinary_user import ordinary_user
from tests.integration.local.surroundings import steer

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


@pytest.mark.parametrize(
    ("variable", "number", "other"),
    [("NATTER_WEB_PORT", 80, "8080"), ("NATTER_NATS_PORT", 443, "8443")],
)
def test_a_port_that_needs_rights_is_told_from_one_that_is_taken(
    variable: str, number: int, other: str
) -> None:
    with ordinary_user():
        if is_free(LOOPBACK, number):
            pytest.skip("this system lets everybody have low ports")
        with pytest.raises(StartError) as caught:
            check_ports([Port("that part", LOOPBACK, number, variable)])
    assert f"port {number}, needed by that part, needs rights that you do not have" in str(
        caught.value
    )
    assert f"{variable}={other[:2]}" in str(caught.value)


def test_an_address_of_another_machine_is_told_from_a_port_that_is_taken() -> None:
    with pytest.raises(StartError) as caught:
        check_ports([Port("web", "192.0.2.1", 8000, "NATTER_WEB_PORT")])
    assert "cannot be opened on 192.0.2.1 (Cannot assign requested address)" in str(caught.value)
    assert "NATTER_WEB_HOST=127.0.0.1 make run" in str(caught.value)


def test_the_number_0_takes_a_free_port_for_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("web", "realtime", "ai", "nats", "demo")
    steer(monkeypatch, **{f"NATTER_{name.upper()}_PORT": "0" for name in names})
    configuration = load_configuration()
    settings = choose_ports(configuration.settings)
    numbers = {port.number for port in needed_ports(settings)}
    assert len(numbers) == len(names)
    assert all(is_free(LOOPBACK, number) for number in numbers)
    assert settings.web_address == f"http://127.0.0.1:{settings.web_port}"
    inherited, backends = configuration.inherited, Backends("", dict.fromkeys(USERS, ""), "[]")
    told = {
        **web_environment(settings, inherited, backends),
        **realtime_environment(settings, inherited, backends),
        **ai_environment(settings, inherited, backends),
        **demo_environment(settings, inherited),
    }
    assert {int(told[f"NATTER_{part}_PORT"]) for part in ("WEB", "REALTIME", "AI", "DEMO")} == (
        numbers - {settings.nats_port}
    )


def test_free_ports_pass() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    check_ports([Port("web", LOOPBACK, port, "NATTER_WEB_PORT")])
