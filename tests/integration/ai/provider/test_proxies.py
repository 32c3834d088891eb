"""Proxies of the environment: what goes through one, what bypasses them, and how they fail."""

import asyncio
import traceback
from pathlib import Path

import pytest

from services.ai.provider.settings import Timeouts
from tests.integration.ai.provider.transport import asked, asked_at, is_whole, tls, told
from tests.support.provider import QUESTION, Got, connected_to
from tests.support.proxy import running_proxy
from tests.support.scripted import DONE, STOP, chunk
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import HELLO, OK, TEXT, framed, in_chunks, running_wire, stalling

TRIES = 3
WHOLE = in_chunks(HELLO)


@pytest.mark.parametrize("is_tunnelled", [False, True])
def test_through_a_proxy(
    runner: asyncio.Runner, trusted: Path, monkeypatch: pytest.MonkeyPatch, *, is_tunnelled: bool
) -> None:
    async def run() -> None:
        async with running_proxy() as proxy:
            monkeypatch.setenv("ALL_PROXY", proxy.address.removeprefix("http://"))
            context = tls(trusted) if is_tunnelled else None
            got, endpoint = await asked(
                in_chunks(HELLO), times=2, context=context, host="localhost"
            )
        assert all(map(is_whole, got))
        assert (len(proxy.asked), len(endpoint.asked), endpoint.connections) == (1, 2, 1)
        method = b"CONNECT localhost:" if is_tunnelled else b"POST http://localhost:"
        assert proxy.asked[0].startswith(method)
        # What a tunnel carries is for the endpoint alone.
        assert (b"authorization" in proxy.asked[0].lower()) is not is_tunnelled
        assert b"authorization: bearer" in endpoint.asked[1].lower()

    runner.run(run())


@pytest.mark.parametrize("is_proxied", [False, True], ids=["straight", "proxied"])
@pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "tls"])
def test_a_whole_answer_streams_each_way(
    runner: asyncio.Runner,
    trusted: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_proxied: bool,
    is_encrypted: bool,
) -> None:
    """Each chunk is sent when the one before it has been read: nothing on the way gathers them."""
    words, is_read = [f"word{n} " for n in range(50)], asyncio.Event()

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"transfer-encoding: chunked\r\n\r\n")
        for word in words:
            writer.write(framed(chunk(word)))
            await is_read.wait()
            is_read.clear()
        writer.write(framed(STOP + DONE) + b"0\r\n\r\n")

    async def read(base_url: str) -> Got:
        got = Got()
        async with (
            connected_to(base_url) as connection,
            connection.answer(QUESTION) as pieces,
            asyncio.timeout(DEADLINE_SECONDS),
        ):
            async for piece in pieces:
                got.pieces.append(piece)
                is_read.set()
        return got

    async def run() -> None:
        context = tls(trusted) if is_encrypted else None
        async with (
            running_proxy() as proxy,
            running_wire(write, tls=context, host="localhost") as endpoint,
        ):
            if is_proxied:
                monkeypatch.setenv("HTTPS_PROXY" if is_encrypted else "HTTP_PROXY", proxy.address)
            got = await read(endpoint.base_url)
        assert is_whole(got, "".join(words))
        assert [piece.text for piece in got.pieces if piece.text] == words
        assert bool(proxy.asked) is is_proxied

    runner.run(run())


def test_what_no_proxy_names_is_reached_straight_and_nothing_else(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = {
        ("*", "127.0.0.1"): False,
        ("127.0.0.1", "127.0.0.1"): False,
        ("x, 127.0.0.0/8", "127.0.0.1"): False,
        ("localhost", "localhost"): False,
        ("http://localhost", "localhost"): False,
        ("", "127.0.0.1"): True,
        ("127.0.0.2, 10.0.0.0/8", "127.0.0.1"): True,
        ("https://localhost", "localhost"): True,
        ("host", "localhost"): True,
        ("[::1", "localhost"): True,
    }
    assert {case: goes_through_a_proxy(runner, monkeypatch, *case) for case in cases} == cases


def goes_through_a_proxy(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, no_proxy: str, host: str
) -> bool:
    async def run() -> bool:
        async with running_proxy() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.address)
            monkeypatch.setenv("NO_PROXY", no_proxy)
            ([got], _) = await asked(WHOLE, host=host)
        assert got.text == TEXT
        return bool(proxy.asked)

    return runner.run(run())


# The client passes the password in a way that it deprecates itself.
@pytest.mark.filterwarnings("ignore:.*proxy_auth:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*BasicAuth:DeprecationWarning")
def test_a_proxy_gets_its_own_password(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with running_proxy() as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
            ([got], _) = await asked(WHOLE)
        assert got.text == TEXT
        assert b"proxy-authorization: basic dxnlcjpzzwnyzxq=" in proxy.asked[0].lower()

    runner.run(run())


def test_a_proxy_that_is_not_there(runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    for scheme in ("http", "https"):
        got = runner.run(asked_at(f"{scheme}://localhost:2/v1"))
        assert told(got) == ("unreachable", "ClientProxyConnectionError")


@pytest.mark.parametrize(("status", "tries"), [(407, 1), (403, 1), (502, TRIES), (503, TRIES)])
def test_a_proxy_that_makes_no_tunnel(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, status: int, tries: int
) -> None:
    async def run() -> None:
        async with running_proxy(refuses=status) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.address)
            got = await asked_at("https://localhost:2/v1")
        assert told(got) == ("unreachable", f"ClientHttpProxyError {status}")
        assert len(proxy.asked) == tries

    runner.run(run())


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "all_proxy"])
def test_a_socks_proxy_is_refused_by_name(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    async def run() -> None:
        async with running_wire(in_chunks(HELLO)) as endpoint, running_proxy() as proxy:
            for scheme in ("socks5", "socks5h", "SOCKS5"):
                named = f"{scheme}://user:secret@127.0.0.1:{proxy.port}"
                monkeypatch.setenv(variable, named)
                got = await asked_at(endpoint.base_url)
                assert told(got) == ("unreachable", "SocksProxyError")
            # Hosts that bypass it are still reached.
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            assert (await asked_at(endpoint.base_url)).text == TEXT
        assert proxy.asked == []

    runner.run(run())


@pytest.mark.parametrize("scheme", ["socks", "socks4"])
async def test_another_kind_of_socks_proxy_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://user:secret@127.0.0.1:2")
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match=f"{scheme}://")) as raised:
        await asked_at("http://127.0.0.1:1/v1")
    assert "secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 Connection established\r\n\r\n"])
def test_a_tunnel_that_takes_too_long(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    async def run() -> Got:
        async with running_wire(stalling(begun)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
            return await asked_at("https://localhost:2/v1", Timeouts(connect=0.1))

    assert told(runner.run(run())) == ("timeout", "ConnectionTimeoutError")
