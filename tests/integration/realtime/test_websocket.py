"""Held sockets under a real server, with clients that keep to the protocol."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from services.realtime.upgrade.websocket_protocol import WebSocketProtocol
from services.realtime.websocket.frames import ping_frame, text_frame
from tests.support.echo import SUBPROTOCOL, Echo, EchoSocket, echoing
from tests.support.waiting import until


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[Echo]:
    async with echoing() as served:
        yield served


def open_socket(echo: Echo, path: str = "/echo", *subprotocols: str) -> connect:
    offered = [Subprotocol(name) for name in subprotocols] or None
    return connect(f"ws://{echo.address}{path}", subprotocols=offered, proxy=None)


async def closing_of(connection: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        await connection.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def code_of(held: EchoSocket) -> list[int]:
    async def codes() -> list[int]:
        return held.codes

    return await until(codes)


async def test_messages_of_every_kind_come_back(echo: Echo) -> None:
    async with open_socket(echo) as connection:
        for message in ("hello", "", "ä" * 2000, b"", bytes(range(256)), b"x" * 4096):
            await connection.send(message)
            assert await connection.recv() == message
        await connection.send(["in ", "three ", "parts"])
        assert await connection.recv() == "in three parts"
        await (await connection.ping(b"are you there"))
    assert await code_of(echo.sockets[0]) == [1000]


async def test_the_selected_subprotocol_is_named_and_no_other(echo: Echo) -> None:
    async with open_socket(echo, "/echo", "t.secret", SUBPROTOCOL) as connection:
        assert connection.subprotocol == SUBPROTOCOL
    async with open_socket(echo, "/echo", "t.secret") as connection:
        assert connection.subprotocol is None


async def test_the_task_of_a_held_socket_has_ended_and_nothing_of_it_is_left(echo: Echo) -> None:
    before = len(asyncio.all_tasks())
    async with open_socket(echo) as connection:
        await connection.send("hello")
        await connection.recv()

        async def ended() -> bool:
            # The client's own two tasks are still there.
            return len(asyncio.all_tasks()) <= before + 2

        await until(ended)
        assert not [item for item in gc.get_objects() if type(item) is WebSocketProtocol]


async def test_our_close_carries_its_code_and_reason(echo: Echo) -> None:
    async with open_socket(echo) as connection:
        echo.sockets[0].close(4000, "retry=1500")
        echo.sockets[0].close(4011, "too late")
        echo.sockets[0].send(text_frame(b"dropped"))
        assert await closing_of(connection) == (4000, "retry=1500")
    assert await code_of(echo.sockets[0]) == [4000]


async def test_what_was_sent_before_a_close_arrives_before_it(echo: Echo) -> None:
    async with open_socket(echo) as connection:
        held = echo.sockets[0]
        held.send(text_frame(b"x" * 500_000))
        held.close(4008)
        assert await connection.recv() == "x" * 500_000
        assert await closing_of(connection) == (4008, "")


async def test_pongs_reach_the_holder(echo: Echo) -> None:
    async with open_socket(echo) as connection:
        held = echo.sockets[0]
        held.send(ping_frame(b"7") + text_frame(b"after the ping"))
        assert await connection.recv() == "after the ping"

        async def pongs() -> list[bytes]:
            return held.pongs

        assert await until(pongs) == [b"7"]


async def test_a_refusal_is_plain_http_and_no_error(
    echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    for path, status, body in (
        ("/deny", 404, b"no such group\n"),
        ("/close", 403, b"refused\n"),
        ("/none", 403, None),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await open_socket(echo, path)
        response = refused.value.response
        assert response.status_code == status, path
        assert body is None or response.body == body, path
        assert response.headers.get_all("connection") == ["close"], path
        assert response.headers.get_all("content-length") == [str(len(response.body))], path
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_application_that_goes_wrong_is_a_500_and_a_line_in_the_log(
    echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    for path, logged in (
        ("/fail", "no application is perfect"),
        ("/forget", "without hold() or an answer"),
        ("/accept", "accepted by hold()"),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await open_socket(echo, path)
        assert refused.value.response.status_code == 500, path
        assert logged in caplog.text, path


async def test_holding_twice_is_an_error_that_leaves_the_first_alone(
    echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_socket(echo, "/twice") as connection:
        await connection.send("hello")
        assert await connection.recv() == "hello"
    assert "the handshake was answered before" in caplog.text


async def test_a_server_that_stops_closes_its_sockets_with_1012() -> None:
    async with echoing() as echo:
        connections = [await open_socket(echo) for _ in range(3)]
    assert [await closing_of(connection) for connection in connections] == [(1012, "")] * 3
    assert [held.codes for held in echo.sockets] == [[1012]] * 3


async def test_a_server_that_stops_refuses_those_who_still_wait() -> None:
    async with echoing() as echo:
        task = asyncio.get_running_loop().create_task(open_socket(echo, "/watch").__aenter__())
        await echo.waiting.wait()
        echo.gate.set()
    with pytest.raises(InvalidStatus) as refused:
        await task
    assert refused.value.response.status_code == 503
    assert echo.outcomes == ["websocket.connect", "websocket.disconnect", "the peer has gone"]
