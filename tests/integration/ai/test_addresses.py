"""Connecting to a host of several addresses, some of which are dead."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import httpx2
import pytest

from services.ai.provider import addresses
from services.ai.provider.addresses import Address, addresses_of, first_connected
from services.ai.provider.http_transport import HttpTransport
from tests.support.waiting import DEADLINE_SECONDS

HOST = "twofold.example"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@contextmanager
def dark() -> Iterator[Address]:
    """Yield an address that says nothing to who connects: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(listener.getsockname())
        yield socket.AF_INET, listener.getsockname()


@contextmanager
def refusing() -> Iterator[Address]:
    """Yield an address where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield socket.AF_INET, bound.getsockname()


@asynccontextmanager
async def answering() -> AsyncIterator[Address]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield socket.AF_INET, listening.sockets[0].getsockname()


@contextmanager
def named(*found: Address) -> Iterator[str]:
    """Yield the address of an endpoint whose name leads to all of these."""

    async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(family, socket.SOCK_STREAM, 6, "", where) for family, where in found]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        yield f"http://{HOST}/"


async def test_an_address_behind_a_dead_one_is_reached() -> None:
    with dark() as dead, refusing() as closed:
        async with answering() as live, httpx2.AsyncClient(transport=HttpTransport()) as client:
            with named(dead, closed, live) as endpoint:
                assert (await client.get(endpoint, timeout=DEADLINE_SECONDS)).text == "ok"


async def test_a_failure_makes_room_for_the_next_address_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "HEAD_START", 10 * DEADLINE_SECONDS)
    with refusing() as closed:
        async with answering() as live, asyncio.timeout(DEADLINE_SECONDS):
            with await first_connected([closed, closed, live]) as connected:
                assert connected.getpeername() == live[1]


async def test_where_all_fail_the_fault_is_that_of_one() -> None:
    with refusing() as closed:
        async with httpx2.AsyncClient(transport=HttpTransport()) as client:
            with named(closed, closed) as endpoint, pytest.raises(httpx2.ConnectError) as fault:
                await client.get(endpoint)
            with named() as endpoint, pytest.raises(httpx2.ConnectError):
                await client.get(endpoint)
    assert str(fault.value) == "ConnectionRefusedError"


async def test_where_none_answers_the_time_to_connect_runs_out() -> None:
    with dark() as dead:
        async with httpx2.AsyncClient(transport=HttpTransport(), timeout=0.05) as client:
            with named(dead, dead) as endpoint, pytest.raises(httpx2.ConnectTimeout):
                await client.get(endpoint)


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_only_the_first_that_connects_is_kept(
    monkeypatch: pytest.MonkeyPatch, *, is_stopped: bool
) -> None:
    """Two connect at once, and the task is cancelled in that moment or not."""
    pairs = [socket.socketpair() for _ in range(2)]
    go = asyncio.Event()

    async def connect(address: Address) -> socket.socket:
        await go.wait()
        return pairs[int(address[1][1])][0]

    monkeypatch.setattr(addresses, "_connected", connect)
    monkeypatch.setattr(addresses, "HEAD_START", 0.001)
    both: list[Address] = [(socket.AF_INET, ("127.0.0.1", n)) for n in range(2)]
    async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:
        connecting = tasks.create_task(first_connected(both))
        await asyncio.sleep(0.05)
        go.set()
        if is_stopped:
            await asyncio.sleep(0)
            connecting.cancel()
        await asyncio.wait([connecting])
    assert connecting.cancelled() is is_stopped
    still_open = [ours for ours, _ in pairs if ours.fileno() != -1]
    assert still_open == ([] if is_stopped else [connecting.result()])
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


async def test_who_is_cancelled_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    with dark() as dead:
        async with asyncio.TaskGroup() as tasks:
            connecting = tasks.create_task(first_connected([dead, dead]))
            await asyncio.sleep(0.01)
            connecting.cancel()
    assert asyncio.all_tasks() == before


async def test_the_families_take_turns() -> None:
    six: list[Address] = [(socket.AF_INET6, ("::1", port, 0, 0)) for port in (1, 2, 3)]
    four: list[Address] = [(socket.AF_INET, ("127.0.0.1", 4))]
    with named(*six, *four):
        assert await addresses_of(HOST, 80) == [six[0], four[0], six[1], six[2]]


async def test_a_name_that_cannot_be_one_is_a_fault_of_connecting() -> None:
    async with httpx2.AsyncClient(transport=HttpTransport()) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://a..b/")
