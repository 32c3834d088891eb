"""The transport over TLS, on the loop the service runs on: what its reader's pauses cost."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvloop

from services.ai.provider.http_connection import LONGEST_UNREAD_BY_TLS
from services.ai.provider.http_transport import HttpTransport
from tests.support.certificate import write_certificate
from tests.support.waiting import DEADLINE_SECONDS

CLOSING = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"


@contextmanager
def served(certificate: Path, reply: bytes) -> Iterator[tuple[str, Future[bool]]]:
    """Answer once and close; yields the address, and whether the client took all of it.

    In a thread of its own: the end comes right behind the last byte only from outside the loop.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(listener: socket.socket) -> bool:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.settimeout(DEADLINE_SECONDS)
            encrypted.recv(65_536)
            try:
                encrypted.sendall(reply)
                encrypted.setblocking(False)
                encrypted.unwrap()
            except ssl.SSLWantReadError:
                return True
            except OSError:
                return False
        return True

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
        listener.settimeout(DEADLINE_SECONDS)
        yield f"https://localhost:{listener.getsockname()[1]}/", threads.submit(serve, listener)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a certificate that the environment trusts."""
    file = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.mark.parametrize("framing", [b"content-length: 600000\r\n\r\n", b"\r\n"])
def test_a_body_is_whole_whose_server_closes_while_the_reader_pauses(
    certificate: Path, framing: bytes
) -> None:
    async def read(address: str) -> int:
        async with (
            httpx2.AsyncClient(transport=HttpTransport()) as client,
            client.stream("GET", address) as response,
        ):
            size = 0
            async for data in response.aiter_raw():
                size += len(data)
                await asyncio.sleep(0.03)
        return size

    with (
        served(certificate, CLOSING + framing + b"x" * 600_000) as (address, _),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        assert runner.run(read(address)) == 600_000


def test_what_nobody_reads_ends_the_connection_before_it_fills_the_memory(
    certificate: Path,
) -> None:
    size = LONGEST_UNREAD_BY_TLS * 2

    async def read(address: str, is_taken: Future[bool]) -> int:
        async with (
            httpx2.AsyncClient(transport=HttpTransport()) as client,
            client.stream("GET", address) as response,
        ):
            assert await asyncio.wrap_future(is_taken) is False
            body = response.aiter_raw()
            read = len(await anext(body))
            with pytest.raises(httpx2.ReadError):
                await anext(body)
        return read

    with (
        served(certificate, CLOSING + b"\r\n" + b"x" * size) as (address, is_taken),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        assert LONGEST_UNREAD_BY_TLS < runner.run(read(address, is_taken)) < size
