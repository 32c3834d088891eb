"""Which connections are kept alive, which are tried again, and how one is closed."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from services.ai.provider.settings import Timeouts
from tests.integration.ai.provider.transport import asked, tls
from tests.support.provider import QUESTION, ask, connected_to
from tests.support.proxy import running_proxy
from tests.support.scripted import chunk
from tests.support.waiting import DEADLINE_SECONDS, until
from tests.support.wire import (
    HELLO,
    OK,
    TEXT,
    Behaviour,
    WireEndpoint,
    closing,
    framed,
    in_chunks,
    measured,
    reset,
    running_wire,
    stalling,
)

WHOLE = in_chunks(HELLO)
BEGUN = stalling(OK + b"transfer-encoding: chunked\r\n\r\n", framed(chunk("Hello")))
REFUSED = measured(b"{}", head=b"HTTP/1.1 401 Unauthorized\r\n")


@pytest.mark.parametrize("reply", [WHOLE, measured(HELLO), REFUSED], ids=range(3))
def test_one_is_kept_for_the_next_request(runner: asyncio.Runner, reply: bytes) -> None:
    _, endpoint = runner.run(asked(reply, times=3))
    assert (len(endpoint.asked), endpoint.connections) == (3, 1)


@pytest.mark.parametrize(
    "reply",
    [
        in_chunks(HELLO, head=OK + b"connection: close\r\n"),
        stalling(OK + b"transfer-encoding: chunked\r\n\r\n", framed(HELLO)),
    ],
    ids=["to be closed", "no last chunk"],
)
def test_one_that_cannot_be_used_again_is_not(
    runner: asyncio.Runner, reply: bytes | Behaviour
) -> None:
    results, endpoint = runner.run(asked(reply, times=2))
    assert [got.text for got in results] == [TEXT, TEXT]
    assert endpoint.connections == 2


@pytest.mark.parametrize(
    "reply", [closing(WHOLE), stalling(WHOLE, b"more")], ids=["closed", "bytes behind it"]
)
def test_one_that_came_to_an_end_while_it_was_idle(
    runner: asyncio.Runner, reply: Behaviour
) -> None:
    async def run() -> None:
        async with (
            running_wire(reply, WHOLE) as endpoint,
            connected_to(endpoint.base_url) as connection,
        ):
            assert (await ask(connection)).text == TEXT
            await asyncio.wait_for(endpoint.ended.wait(), DEADLINE_SECONDS)
            assert (await ask(connection)).text == TEXT
        assert (len(endpoint.asked), endpoint.connections) == (2, 2)

    runner.run(run())


@pytest.mark.parametrize("end", [closing(b""), reset], ids=["closed", "reset"])
def test_one_that_ends_as_the_next_request_is_sent(runner: asyncio.Runner, end: Behaviour) -> None:
    """The endpoint closed it before it read the request, which is sent once more."""
    ([first, second], endpoint) = runner.run(asked(WHOLE, end, WHOLE, times=2))
    assert (first.text, second.text, second.error) == (TEXT, TEXT, None)
    assert endpoint.connections == 2
    requests = {request.partition(b"\r\n\r\n")[2] for request in endpoint.asked}
    assert (len(endpoint.asked), len(requests)) == (3, 1)


def test_such_a_retry_has_no_pause(runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def run() -> None:
        async with (
            running_wire(WHOLE, reset, WHOLE) as endpoint,
            connected_to(endpoint.base_url) as connection,
        ):
            await ask(connection)
            async with connection.answer(QUESTION, waits.append) as pieces:
                assert [piece async for piece in pieces]

    monkeypatch.undo()  # The pauses are as they are.
    runner.run(run())
    assert waits == [0.0]


@pytest.mark.parametrize("way", ["straight", "tls", "proxy", "tunnel"])
@pytest.mark.parametrize("begun", [False, True], ids=["before the answer", "within it"])
def test_leaving_closes_it(
    runner: asyncio.Runner, trusted: Path, monkeypatch: pytest.MonkeyPatch, way: str, *, begun: bool
) -> None:
    """A closed connection stops the model."""

    async def leave(endpoint: WireEndpoint) -> None:
        async with connected_to(endpoint.base_url) as connection, asyncio.TaskGroup() as tasks:
            got = asyncio.Event()

            async def read() -> None:
                async with connection.answer(QUESTION) as pieces:
                    async for _ in pieces:
                        got.set()

            reading = tasks.create_task(read())
            await until(lambda: is_reached(endpoint, got if begun else None))
            assert not endpoint.ended.is_set()
            reading.cancel()
            await asyncio.wait_for(endpoint.ended.wait(), DEADLINE_SECONDS)

    async def run() -> None:
        context = tls(trusted) if way in {"tls", "tunnel"} else None
        reply = BEGUN if begun else stalling()
        async with (
            running_proxy() as proxy,
            running_wire(reply, tls=context, host="localhost") as endpoint,
        ):
            if way in {"proxy", "tunnel"}:
                monkeypatch.setenv("ALL_PROXY", proxy.address)
            await leave(endpoint)
            assert bool(proxy.asked) == (way in {"proxy", "tunnel"})

    runner.run(run())


async def is_reached(endpoint: WireEndpoint, got: asyncio.Event | None) -> bool:
    return bool(endpoint.asked) and (got is None or got.is_set())


def test_cookies_do_not_gather(runner: asyncio.Runner) -> None:
    crumbs = [b"set-cookie: crumb%d=%b; path=/\r\n" % (n, b"x" * 500) for n in range(60)]
    replies = [in_chunks(HELLO, head=OK + crumb) for crumb in crumbs]
    results, endpoint = runner.run(asked(*replies, times=60, host="localhost"))
    assert all(got.text == TEXT for got in results)
    assert max(map(len, endpoint.asked)) < 16_384


@contextmanager
def dark() -> Iterator[int]:
    """Yield a port that accepts no connection: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_one_that_takes_too_long_to_make(runner: asyncio.Runner) -> None:
    async def run(port: int) -> None:
        timeouts = Timeouts(connect=0.1)
        async with connected_to(f"http://127.0.0.1:{port}/v1", timeouts) as connection:
            got = await ask(connection)
        assert got.fault.error_class == "timeout"
        assert got.fault.diagnosis == "ConnectionTimeoutError"

    with dark() as port:
        runner.run(run(port))


@asynccontextmanager
async def named(*ports: int) -> AsyncIterator[str]:
    """Yield the base URL of an endpoint whose name resolves to all of these ports."""

    async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        found = [("127.0.0.1", port) for port in ports]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in found]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        yield "http://manifold.example/v1"


async def test_an_address_behind_dead_ones_is_reached() -> None:
    with dark() as dead:
        async with running_wire(WHOLE) as endpoint:
            port = int(endpoint.origin.rpartition(":")[2])
            async with named(dead, 1, port) as base_url, connected_to(base_url) as connection:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    assert (await ask(connection)).text == TEXT


async def test_where_all_addresses_refuse_nobody_is_there() -> None:
    async with named(1, 1) as base_url, connected_to(base_url) as connection:
        got = await ask(connection)
    assert (got.fault.error_class, got.fault.diagnosis) == ("unreachable", "ClientConnectorError")
