"""How sockets end: each close code, at a real gateway."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from services.realtime.listeners import drain as drain_module
from services.realtime.websocket import held_socket
from services.realtime.websocket.frames import BINARY, CLOSE, CONTINUATION, PING, PONG
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import REVOKE_SUBJECT
from tests.integration.realtime.conftest import GatewayWith
from tests.support.asking import LISTENS, ask_each_way, ask_socket, revoke
from tests.support.client_frames import client_close, client_frame, server_frames
from tests.support.http import http_client
from tests.support.rude_client import Connection, connected
from tests.support.sockets import Socket, element, listening, measured, publish, until_measured
from tests.support.tokens import KEYS, minted_at, token_for
from tests.support.waiting import DEADLINE_SECONDS, until

NOT_REVOCATIONS = [
    b"",
    b"\x00\xff",
    b"null",
    b"[]",
    b"{}",
    b'{"version":1,"at":1}',
    b'{"version":1,"user":"1","at":"NaN"}',
    b'{"version":1,"user":"1","at":-1}',
    b'{"version":2,"user":"1","at":1}',
    b'{"version":1,"user":"","at":1}',
    b'{"version":1,"group":"*","at":1}',
    b'{"version":1,"user":"1","at":1,"more":true}',
    b"[" * 100_000,
]


async def ended(socket: Socket) -> tuple[int | None, str | None]:
    """Read until the end and return its code and reason."""
    code = await socket.close_code()
    return code, socket.connection.close_reason


async def until_closed(client: Connection) -> list[tuple[int, bytes]]:
    """Read frames up to a close frame, and answer that."""
    data = b""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not data or server_frames(data)[-1][0] != CLOSE:
            data += await client.reader.read(4096)
    await client.send(client_close(1000))
    return server_frames(data)


async def test_a_gateway_that_stops_sends_everybody_away_to_come_back(
    gateway_with: GatewayWith,
) -> None:
    async with AsyncExitStack() as open_:
        async with gateway_with(drain_seconds=0.2) as address:
            sockets = [
                await open_.enter_async_context(listening(address, f"chat_{number}"))
                for number in range(30)
            ]
        for socket in sockets:
            code, reason = await ended(socket)
            assert code == 4000
            assert reason is not None
            assert 0 <= int(reason.removeprefix("retry=")) < 1000


async def test_while_it_drains_it_is_not_ready_and_takes_nobody_in(
    gateway_with: GatewayWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "MIN_CLOSED_A_SECOND", 2)
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def serve() -> None:
        async with gateway_with(drain_seconds=2) as address:
            started.set_result(address)
            await stop.wait()

    async with AsyncExitStack() as open_, asyncio.TaskGroup() as tasks:
        tasks.create_task(serve())
        address = await started
        sockets = [await open_.enter_async_context(listening(address, "chat_1")) for _ in range(4)]
        stop.set()

        async def is_not_ready() -> bool:
            async with http_client() as client:
                return (await client.get(f"http://{address}/ready")).status_code == 503

        await until(is_not_ready)
        for answer in await ask_each_way(address, "chat_1", token_for("chat_1")):
            assert (answer.status, "stopping" in answer.reason) == (503, True)
            assert int(answer.headers["retry-after"]) > 0
        assert await measured(address, "natter_realtime_draining") == 1
        assert {(await ended(socket))[0] for socket in sockets} == {4000}


async def test_a_socket_ends_with_its_token(gateway: str) -> None:
    token = token_for("chat_1", seconds=2)
    expires = KEYS.verify(token).expires
    async with listening(gateway, "chat_1", token=token) as socket:
        assert await ended(socket) == (4005, "token expired")
    assert time.time() > expires - 0.05
    assert (await ask_socket(gateway, "chat_1", token)).status == 401


async def test_a_socket_is_sent_away_after_its_time_and_misses_nothing(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    async with gateway_with(rotate_seconds=1) as address:
        async with listening(address, "chat_1") as socket:
            await publish(web_bus, "chat_1", element("before"))
            assert await socket.receive(1) == [element("before")]
            assert (await ended(socket))[0] == 4011
        await publish(web_bus, "chat_1", element("meanwhile"))
        async with listening(address, "chat_1", since=socket.cursor) as socket:
            assert await socket.receive(1) == [element("meanwhile")]


async def test_a_client_that_answers_no_ping_is_given_up(gateway_with: GatewayWith) -> None:
    path = f"/ws/turbo_stream/chat_1/?token={token_for('chat_1')}"
    async with gateway_with(ping_seconds=0.4) as address:
        async with connected(address) as client:
            await client.upgrade(path)
            *beats, (opcode, payload) = await until_closed(client)
            assert (opcode, payload) == (CLOSE, (4012).to_bytes(2) + b"no pong")
            assert [opcode for opcode, _ in beats] == [PING, BINARY] * (len(beats) // 2)
            assert len(beats) >= 2
        await until_measured(address, "natter_realtime_sockets", 0)


async def test_a_client_that_answers_pings_stays(gateway_with: GatewayWith, web_bus: Bus) -> None:
    async with (
        gateway_with(ping_seconds=0.1) as address,
        listening(address, "chat_1") as socket,
        asyncio.TaskGroup() as tasks,
    ):
        receiving = tasks.create_task(socket.receive(1))

        async def has_had_ten_beats() -> bool:
            return socket.beats >= 10

        await until(has_had_ten_beats)
        await publish(web_bus, "chat_1", element("still here"))
        assert await receiving == [element("still here")]


async def test_a_client_that_has_much_to_say_is_closed_and_may_come_back(
    gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_socket, "CLOSE_SECONDS", 0.1)  # nothing of its answer is read
    async with listening(gateway, "chat_1") as quiet, listening(gateway, "chat_1") as loud:
        for talker, messages in ((quiet, 100), (loud, 101)):
            for _ in range(messages):
                await talker.connection.send("x")
        assert await ended(loud) == (4013, "clients only listen")
        await (await quiet.connection.ping())


async def test_whoever_is_named_is_sent_away_and_nobody_else(gateway: str, web_bus: Bus) -> None:
    for number, named in enumerate(({"user"}, {"group"}, {"user", "group"})):
        for come_back in (True, False):
            # Nobody comes back under a name that was revoked before.
            here, there = (f"chat_{number}{'ab'[come_back]}{place}" for place in "xy")
            wanted = {"user": f"{here}_7", "group": here}
            wanted = {name: value for name, value in wanted.items() if name in named}
            token = token_for(here, f"{here}_7")
            async with AsyncExitStack() as open_:
                sockets = {
                    (user, group): await open_.enter_async_context(
                        listening(gateway, group, user=user)
                    )
                    for user in (f"{here}_7", f"{here}_8")
                    for group in (here, there)
                }
                await revoke(
                    web_bus,
                    user=wanted.get("user"),
                    group=wanted.get("group"),
                    come_back=come_back,
                )
                for (user, group), socket in sockets.items():
                    if wanted.items() <= {"user": user, "group": group}.items():
                        assert (await ended(socket))[0] == (4011 if come_back else 4503), wanted
                    else:
                        await publish(web_bus, group, element("hello"))
                        assert element("hello") in await socket.receive_any(), wanted
            statuses = {answer.status for answer in await ask_each_way(gateway, here, token)}
            assert statuses == {LISTENS if come_back else 403}, wanted


async def test_what_is_no_revocation_closes_nothing_and_a_later_token_is_good(
    gateway: str, web_bus: Bus
) -> None:
    async with listening(gateway, "chat_1") as socket:
        for payload in NOT_REVOCATIONS:
            await web_bus.client.publish(REVOKE_SUBJECT, payload)
        await web_bus.client.publish("control.other", b'{"version":1,"user":"1","at":1}')
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]
        before = token_for("chat_1")
        await revoke(web_bus, user="1")
        assert (await ended(socket))[0] == 4503
    assert (await ask_socket(gateway, "chat_1", before)).status == 403
    later = minted_at("chat_1", time.time() + 5)
    assert (await ask_socket(gateway, "chat_1", later)).status == LISTENS


async def test_frames_that_say_nothing_are_too_many_as_well(gateway: str) -> None:
    for opcode in (PONG, CONTINUATION):
        async with connected(gateway) as loud:
            await loud.upgrade(f"/ws/turbo_stream/chat_1/?token={token_for('chat_1')}")
            await loud.send(client_frame(final=False))
            for _ in range(3):
                await loud.send(client_frame(opcode=opcode, final=opcode == PONG) * 100)
            header = await loud.read(2)
            assert header[0] & 0xF == CLOSE, opcode
            assert int.from_bytes(await loud.read(2)) == 4013, opcode


async def test_a_flood_is_not_read_to_its_end(gateway: str) -> None:
    pongs = 0
    async with connected(gateway) as loud:
        await loud.upgrade(f"/ws/turbo_stream/chat_1/?token={token_for('chat_1')}")
        await loud.send(client_frame(opcode=PING) * 10_000)
        while (header := await loud.read(2)) == bytes((0x80 | PONG, 0)):
            pongs += 1
        assert header[0] & 0xF == CLOSE
        assert int.from_bytes(await loud.read(2)) == 4013
    assert pongs < 1000
