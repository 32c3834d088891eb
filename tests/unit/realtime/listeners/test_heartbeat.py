"""The heartbeat's wheel: pings, missing pongs and expiries, on a clock of the test's own."""

import asyncio
import gc
import math
import os
import struct
import weakref
from collections import Counter
from typing import Self

import pytest

from services.realtime.close_codes import ROTATED, TOKEN_EXPIRED
from services.realtime.listeners.heartbeat import MAX_LATE_SHARE, TICK_SECONDS, Heartbeat
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.publication import stamp
from services.realtime.rooms.room import Room
from services.realtime.websocket.frames import BINARY, PING, TEXT, ping_frame
from tests.support.clock_loop import clock_loop, run_by_clock
from tests.support.group_sockets import EPOCH, Wire, WiredSocket, room_of, seat
from tests.support.sockets import element
from tests.unit.realtime.by_clock import by_clock

TURN = 20.0
TICK = TICK_SECONDS
SLOTS = round(TURN / TICK)
NEVER = None
ROUNDING = 1e-6


class Wheel:
    """A heartbeat that runs for as long as the body does."""

    def __init__(self) -> None:
        self.metrics = GatewayMetrics()
        self.heartbeat = Heartbeat(self.metrics, TURN, 900)
        self.room: Room = room_of(41)

    async def __aenter__(self) -> Self:
        self._running = asyncio.get_running_loop().create_task(self.heartbeat.run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])

    def add(self, wire: Wire, expires_at: float = math.inf) -> WiredSocket:
        socket = seat(
            wire,
            self.room,
            expires_at=expires_at,
            expiry_reason=TOKEN_EXPIRED,
            on_pong=self.heartbeat.on_pong,
        )
        self.heartbeat.add(socket)
        return socket


def closing(wire: Wire) -> tuple[float, tuple[int, str]]:
    ended = wire.end()
    assert ended is not None
    return ended


def pings(wire: Wire) -> list[float]:
    return [at for at, opcode, _ in wire.frames() if opcode == PING]


@by_clock
async def test_every_socket_is_pinged_once_a_turn_and_told_the_position() -> None:
    wires = [Wire() for _ in range(100)]
    async with Wheel() as wheel:
        for wire in wires:
            wheel.add(wire)
        await asyncio.sleep(3 * TURN + TICK / 2)
    for wire in wires:
        first, second, third = pings(wire)[:3]
        assert first <= TURN + ROUNDING
        assert second - first == pytest.approx(TURN)
        assert third - second == pytest.approx(TURN)
        beats = [payload for _, opcode, payload in wire.frames() if opcode == BINARY]
        assert set(beats) == {f"{EPOCH}.41".encode()}
        assert len(wire.written) == len(beats) == len(pings(wire))
    at_once = Counter(at for wire in wires for at in pings(wire))
    assert max(at_once.values()) <= math.ceil(100 / SLOTS)


@by_clock
async def test_pending_publications_are_sent_ahead_of_their_position() -> None:
    wire, room = Wire(), room_of(41)
    socket = seat(wire, room)
    room.take(42, element("new").encode())
    socket.send_heartbeat(b"")
    text, beat = (payload for _, _, payload in wire.frames())
    assert f'data-cursor="{EPOCH}.42"'.encode() in text
    assert beat == f"{EPOCH}.42".encode()


@by_clock
async def test_a_socket_that_does_not_answer_is_closed_when_it_is_visited_again() -> None:
    silent, answers, late = Wire(NEVER), Wire(), Wire(TURN - TICK)
    async with Wheel() as wheel:
        for wire in (silent, answers, late):
            wheel.add(wire)
        await asyncio.sleep(5 * TURN)
    (pinged,) = pings(silent)
    ended_at, how = closing(silent)
    assert ended_at == pytest.approx(pinged + TURN)
    assert how == (4012, "no pong")
    assert answers.end() is late.end() is None


@by_clock
async def test_what_was_missed_may_wait_for_a_while_but_less_with_each_beat() -> None:
    wire = Wire()
    socket = seat(wire, room_of(41), max_unsent_bytes=1000)
    missed = stamp(EPOCH, 41, element("x" * 8000).encode())
    socket.deliver_missed([missed, missed])
    half = (1000 + 2 * len(missed.frame)) // 2
    wire.unsent = half
    socket.send_heartbeat(ping_frame())
    assert wire.end() is None
    socket.send_heartbeat(ping_frame())
    assert closing(wire)[1] == (4008, "too slow")


@by_clock
async def test_a_client_may_leave_as_much_unread_as_the_limit_and_not_a_byte_more() -> None:
    wire, room = Wire(), room_of(41)
    socket = seat(wire, room, max_unsent_bytes=1000)
    wire.unsent = 1000
    for _ in range(20):
        socket.send_heartbeat(ping_frame())
    room.take(42, element("one more").encode())
    room.flush()
    assert wire.end() is None
    wire.unsent = 1001
    room.take(43, element("too much").encode())
    room.flush()
    assert closing(wire)[1] == (4008, "too slow")
    assert [opcode for _, opcode, _ in wire.frames()].count(TEXT) == 1
    assert room.listeners == set()


@by_clock
async def test_a_process_that_stood_still_closes_nobody_for_a_missing_pong() -> None:
    wire = Wire(NEVER)
    async with Wheel() as wheel:
        wheel.add(wire)
        await asyncio.sleep(TURN)
        (pinged,) = pings(wire)
        await asyncio.sleep(pinged + TURN - TICK / 2 - clock_loop().now)
        clock_loop().stall(MAX_LATE_SHARE * TURN * 1.5)
        await asyncio.sleep(TICK)
        assert wire.end() is None
        assert len(pings(wire)) == 2
        await asyncio.sleep(TURN + TICK)
        assert wire.end() is not None


@by_clock
async def test_after_a_long_stop_clients_that_answer_stay_and_the_wheel_does_not_race() -> None:
    wires = [Wire() for _ in range(2 * SLOTS)]
    async with Wheel() as wheel:
        for wire in wires:
            wheel.add(wire)
        await asyncio.sleep(1.5 * TURN)
        clock_loop().stall(100 * TURN)
        since = clock_loop().now
        await asyncio.sleep(TURN)
    for wire in wires:
        assert wire.end() is None
        assert len([at for at in pings(wire) if at >= since]) in (1, 2)


def test_a_sockets_time_ends_exactly() -> None:
    """In every slot of the wheel, and also before the first ping."""

    async def check(after: float) -> None:
        wires = [Wire() for _ in range(SLOTS // 4)]
        async with Wheel() as wheel:
            await asyncio.sleep(TICK / 3)
            opened = clock_loop().now
            for wire in wires:
                wheel.add(wire, expires_at=opened + after)
            await asyncio.sleep(after + TURN)
        for wire in wires:
            ended_at, how = closing(wire)
            assert ended_at == pytest.approx(opened + after, abs=ROUNDING)
            assert how == (4005, "token expired")

    for after in (0, 0.1, 0.4, 5, TURN - 0.1, TURN, TURN + 0.3, 3.7 * TURN):
        run_by_clock(check(after))


@by_clock
async def test_sockets_are_sent_away_after_80_to_100_percent_of_the_longest_time() -> None:
    heartbeat = Heartbeat(GatewayMetrics(), TURN, 900)
    ends = [heartbeat.lifetime(86_400) for _ in range(2000)]
    assert {expiry_reason for _, expiry_reason in ends} == {ROTATED}
    times = [at for at, _ in ends]
    assert 720 <= min(times) <= max(times) <= 900
    tenths = Counter(int((at - 720) / 18) for at in times)
    assert all(tenths[tenth] > 100 for tenth in range(10)), "they return together"


@by_clock
async def test_a_token_that_ends_sooner_ends_the_socket() -> None:
    heartbeat = Heartbeat(GatewayMetrics(), TURN, 900)
    for seconds in (-5, 0, 1, 719):
        assert heartbeat.lifetime(seconds) == (seconds, TOKEN_EXPIRED)
    for _ in range(200):  # among the times of rotation either comes first
        at, reason = heartbeat.lifetime(800)
        assert at <= 800
        assert (at == 800) is (reason is TOKEN_EXPIRED)


@by_clock
async def test_the_wheel_keeps_no_socket_that_is_gone() -> None:
    async with Wheel() as wheel:
        gone = [weakref.ref(come_and_go(wheel)) for _ in range(SLOTS)]
        await asyncio.sleep(TURN + 2 * TICK)
        gc.collect()
        assert [socket for socket in gone if socket() is not None] == []


def come_and_go(wheel: Wheel) -> WiredSocket:
    wire = Wire()
    socket = wheel.add(wire, expires_at=1000)
    wheel.room.listeners.discard(socket)
    wire.abort()
    return socket


def measured(wheel: Wheel, what: str) -> float | None:
    return wheel.metrics.registry.get_sample_value(f"natter_realtime_ping_rtt_seconds_{what}")


@by_clock
async def test_the_round_trip_of_a_ping_is_measured() -> None:
    async with Wheel() as wheel:
        wheel.add(Wire(0.25))
        await asyncio.sleep(TURN / 2)
    assert measured(wheel, "count") == 1
    assert measured(wheel, "sum") == pytest.approx(0.25)


@by_clock
async def test_a_pong_that_nobody_asked_for_is_no_measure() -> None:
    async with Wheel() as wheel:
        socket = wheel.add(Wire())
        for payload in (b"", b"x", os.urandom(125), struct.pack("!d", -1.0)):
            socket.pong_received(payload)
        for seconds in (math.nan, math.inf, -math.inf, 1e300, -2 * TURN - 1, 1.0):
            wheel.heartbeat.on_pong(struct.pack("!d", seconds))
    assert measured(wheel, "count") == 0
