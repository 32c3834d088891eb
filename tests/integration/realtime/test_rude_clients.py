"""Held sockets under a real server, with clients that break the protocol."""

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.realtime.upgrade.websocket_protocol import EARLY_BYTES
from services.realtime.websocket import held_socket as held_module
from services.realtime.websocket.frames import BINARY, CLOSE, PING, PONG, TEXT, text_frame
from services.realtime.websocket.held_socket import PONG_UNSENT_BYTES
from tests.support.client_frames import client_close, client_frame, server_frames
from tests.support.echo import Echo, EchoSocket, echoing
from tests.support.rude_client import UPGRADE, answer_to, connected, request
from tests.support.waiting import passed, until

HELLO = client_frame(b"hello")


@pytest_asyncio.fixture
async def echo(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Echo]:
    """Serve, and check that no client causes a warning in the log."""
    async with echoing() as served:
        yield served
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def code_of(held: EchoSocket) -> list[int]:
    async def codes() -> list[int]:
        return held.codes

    return await until(codes)


def without(name: str) -> str:
    return "".join(line for line in UPGRADE.splitlines(keepends=True) if name not in line)


NO_HANDSHAKES: list[tuple[bytes, int]] = [
    (request(upgrade=without("Key")), 400),
    (request(upgrade=without("Key"), more="Sec-WebSocket-Key: short\r\n"), 400),
    (request(upgrade=without("Key"), more="Sec-WebSocket-Key: !!!!\r\n"), 400),
    (request(more="Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), 400),
    (request(upgrade=without("Version")), 400),
    (request(upgrade=without("Version"), more="Sec-WebSocket-Version: 8\r\n"), 426),
    (request(upgrade=without("Host")), 400),
    (request(more="Host: other\r\n"), 400),
    (request(more="X-Folded: one\r\n two\r\n"), 400),
    (request(more="X-Bare: one\rtwo: three\r\n"), 400),
    (request(more="Content-Length: 5\r\n") + b"hello", 413),
    (request(more="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 413),
    (request("http://localhost/echo"), 400),
    (request("/ä"), 400),
    (request().replace(b"GET", b"POST", 1), 405),
    (request().replace(b"HTTP/1.1", b"HTTP/1.0", 1), 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"\x81\x85\x00\x00\x00\x00hello", 400),
    (request(more=f"X-Long: {'x' * 1_000_000}\r\n"), 431),
]


async def test_what_is_no_handshake_is_answered_before_the_application_is_asked(echo: Echo) -> None:
    for data, status in NO_HANDSHAKES:
        answer = await answer_to(echo.address, data)
        assert answer.startswith(f"HTTP/1.1 {status} "), data[:200]
        assert "connection: close\r\n" in answer, data[:200]
        assert ("sec-websocket-version: 13\r\n" in answer) == (status == 426), data[:200]
    assert echo.sockets == []


async def test_a_plain_request_to_a_socket_is_not_found(echo: Echo) -> None:
    answer = await answer_to(echo.address, request(upgrade="Host: x\r\nConnection: close\r\n"))
    assert answer.startswith("HTTP/1.1 404 ")


async def test_a_request_may_say_that_it_has_no_body(echo: Echo) -> None:
    async with connected(echo.address) as connection:
        await connection.upgrade(more="Content-Length: 0\r\n")


async def test_a_socket_outlives_the_time_that_its_connection_would_have_been_kept() -> None:
    async with echoing(keep_alive_seconds=1) as echo, connected(echo.address) as connection:
        await connection.send(request(upgrade="Host: x\r\n"))
        assert "404" in await connection.read_head()
        await connection.read(len("Not Found"))
        await connection.upgrade()
        await passed(1.2)
        await connection.send(HELLO)
        assert await connection.read(7) == text_frame(b"hello")


async def test_a_request_opens_a_socket_in_pieces_and_with_frames_behind_it(echo: Echo) -> None:
    for cut in (0, 1, 40, -1):
        async with connected(echo.address) as connection:
            await connection.send(request()[:cut])
            await passed(0.05)
            await connection.send(request()[cut:] + HELLO + client_close())
            assert (await connection.read_head()).startswith("HTTP/1.1 101 "), cut
            assert await connection.frames_to_end() == [(TEXT, b"hello"), (CLOSE, b"\x03\xe8")]


async def test_frames_that_come_too_early_are_read_in_their_order(echo: Echo) -> None:
    numbers = [str(number).encode() for number in range(200)]
    data = b"".join(map(client_frame, numbers)) + client_close()
    async with connected(echo.address) as connection:
        await connection.send(request("/late") + data[:1])
        await echo.waiting.wait()
        await connection.send(data[1:500])
        echo.gate.set()
        await connection.send(data[500:])
        await connection.read_head()
        *texts, goodbye = await connection.frames_to_end()
    assert texts == [(TEXT, number) for number in numbers]
    assert goodbye == (CLOSE, b"\x03\xe8")


async def test_garbage_before_the_answer_is_a_fault_after_it(echo: Echo) -> None:
    async with connected(echo.address) as connection:
        await connection.send(request() + b"\xff" * 100)
        await connection.read_head()
        assert await connection.frames_to_end() == [(CLOSE, b"\x03\xeaa reserved bit is set")]


async def test_who_sends_too_much_before_the_answer_gets_another(echo: Echo) -> None:
    async with connected(echo.address) as connection:
        await connection.send(request("/late"))
        await echo.waiting.wait()
        await connection.send(b"x" * (EARLY_BYTES + 1))
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 400 ")
        echo.gate.set()

    async def outcomes() -> list[str]:
        return echo.outcomes

    assert await until(outcomes) == ["the peer has gone"]


async def test_a_client_that_vanishes_before_the_answer_is_noticed(echo: Echo) -> None:
    echo.gate.set()
    for reset in (True, False):
        echo.outcomes.clear()
        echo.waiting.clear()
        async with connected(echo.address) as connection:
            await connection.send(request("/watch"))
            await echo.waiting.wait()
            if reset:
                connection.reset()

        async def tried() -> bool:
            return len(echo.outcomes) == 3

        await until(tried)
        assert echo.outcomes == ["websocket.connect", "websocket.disconnect", "the peer has gone"]


GARBAGE: list[tuple[bytes, int]] = [
    (b"GET / HTTP/1.1\r\n\r\n", 1002),
    (b"\x00" * 1000, 1002),
    (b"\xff" * 1_000_000, 1002),
    (client_frame(b"hi", key=None), 1002),
    (client_frame(b"\xff\xfe"), 1007),
    (client_frame(bytes(5000), BINARY), 1009),
    (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask", 1009),
    (client_close(1005), 1002),
]


async def test_garbage_is_answered_with_the_code_of_its_fault_and_an_orderly_end(
    echo: Echo,
) -> None:
    for data, code in GARBAGE:
        async with connected(echo.address) as connection:
            await connection.upgrade()
            connection.writer.write(HELLO + data)
            first, last = await connection.frames_to_end()
        assert first == (TEXT, b"hello"), data[:50]
        assert (last[0], int.from_bytes(last[1][:2])) == (CLOSE, code), data[:50]
        assert await code_of(echo.sockets[-1]) == [code], data[:50]


async def test_what_follows_a_close_is_ignored(echo: Echo) -> None:
    for code, received in ((1000, 1000), (4999, 4999), (None, 1005)):
        async with connected(echo.address) as connection:
            await connection.upgrade()
            await connection.send(HELLO + client_close(code) + HELLO + b"\xff\xff")
            payload = b"" if code is None else code.to_bytes(2)
            assert await connection.frames_to_end() == [(TEXT, b"hello"), (CLOSE, payload)], code
        assert await code_of(echo.sockets[-1]) == [received]


async def test_after_our_close_everything_but_the_answer_is_ignored(echo: Echo) -> None:
    async with connected(echo.address) as connection:
        await connection.upgrade()
        held = echo.sockets[0]
        held.close(4011)
        await connection.send(HELLO + client_frame(b"?", PING) + client_close(4011))
        assert await connection.frames_to_end() == [(CLOSE, b"\x0f\xab")]
    assert held.codes == [4011]


async def test_a_client_that_does_not_answer_our_close_is_cut_off(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_module, "CLOSE_SECONDS", 0.1)
    async with connected(echo.address) as connection:
        await connection.upgrade()
        echo.sockets[0].close(4012)
        assert await code_of(echo.sockets[0]) == [4012]
        assert await connection.read(4) == b"\x88\x02\x0f\xac"


async def test_a_client_that_reads_nothing_is_cut_off_whoever_closes(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_module, "CLOSE_SECONDS", 0.1)
    for ends in (b"", client_close(), b"\xff\xff"):
        async with connected(echo.address) as connection:
            await connection.upgrade()
            connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
            held = echo.sockets[-1]
            while held.unsent < 1_000_000:
                held.send(text_frame(bytes(100_000)))
            if ends:
                await connection.send(ends)
            else:
                connection.writer.write_eof()
            assert len(await code_of(held)) == 1, ends


async def test_a_flood_of_pings_does_not_fill_our_memory(echo: Echo) -> None:
    pings = client_frame(bytes(125), PING) * 500
    async with connected(echo.address) as connection:
        await connection.upgrade()
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        held = echo.sockets[0]
        while held.unsent <= PONG_UNSENT_BYTES:
            await connection.send(pings)
        for _ in range(10):
            await connection.send(pings)
            assert held.unsent <= PONG_UNSENT_BYTES + 200
        connection.writer.transport.resume_reading()  # type: ignore[attr-defined]  # it reads, too
        await connection.send(client_close())
        *pongs, goodbye = await connection.frames_to_end()
    assert set(pongs) == {(PONG, bytes(125))}
    assert goodbye == (CLOSE, b"\x03\xe8")


async def test_half_a_frame_and_silence_harm_nobody(echo: Echo) -> None:
    async with connected(echo.address) as silent, connected(echo.address) as other:
        await silent.upgrade()
        await silent.send(HELLO[:-2])
        await other.upgrade()
        await other.send(HELLO)
        assert server_frames(await other.read(7)) == [(TEXT, b"hello")]
        await silent.send(HELLO[-2:])
        assert server_frames(await silent.read(7)) == [(TEXT, b"hello")]
        await silent.send(HELLO[:-2])
        silent.writer.write_eof()
        assert await silent.frames_to_end() == []
    assert await code_of(echo.sockets[0]) == [1006]


async def test_a_reset_ends_one_socket_with_1006(echo: Echo) -> None:
    async with connected(echo.address) as connection, connected(echo.address) as other:
        await connection.upgrade()
        await other.upgrade()
        connection.reset()
        assert await code_of(echo.sockets[0]) == [1006]
        echo.sockets[0].send(text_frame(b"dropped"))
        echo.sockets[0].close(4000)
        echo.sockets[0].shutdown()
        assert echo.sockets[0].unsent == 0
        assert echo.sockets[0].codes == [1006]
        await other.send(HELLO)
        assert server_frames(await other.read(7)) == [(TEXT, b"hello")]
