"""The transport on real sockets: what is kept, what is left, and how long it waits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest

from services.ai.provider.http_connection import HttpConnection
from services.ai.provider.http_response import LONGEST_UNREAD
from services.ai.provider.http_transport import HttpTransport
from tests.support.waiting import DEADLINE_SECONDS, until

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
PATIENCE = {"timeout": {"connect": 5.0, "read": 0.05}}


@dataclass(slots=True)
class Server:
    """Answers each request with the next reply, the last again and again; b"" closes."""

    replies: Sequence[bytes]
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0
    left: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head)
                reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
                writer.write(reply)
                if not reply:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left += 1
        finally:
            writer.close()


@asynccontextmanager
async def served(*replies: bytes) -> AsyncIterator[tuple[Server, httpx2.AsyncClient]]:
    server = Server(replies)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    base_url = f"http://127.0.0.1:{server.port}"
    async with (
        listening,
        httpx2.AsyncClient(transport=HttpTransport(), base_url=base_url) as client,
    ):
        yield server, client


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with served(OK) as (server, client):
        for _ in range(3):
            assert (await client.get("/some/where?a=b")).text == "ok"
    assert server.connections == 1
    assert server.asked[0].startswith(b"GET /some/where?a=b HTTP/1.1\r\n")


async def test_one_that_the_server_has_closed_is_not_used_again() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    async with served(last) as (server, client):
        assert [(await client.get("/")).text for _ in range(2)] == ["ok", "ok"]
    assert server.connections == 2


async def test_leaving_a_body_before_its_end_closes_the_connection() -> None:
    async with served(HEAD + b"begun") as (server, client):
        async with client.stream("GET", "/") as response:
            assert await anext(response.aiter_raw()) == b"begun"

        async def has_left() -> bool:
            return server.left == 1

        await until(has_left)


@pytest.mark.parametrize("pieces", [0, 1])
async def test_leaving_a_whole_body_unread_costs_the_next_request_nothing(pieces: int) -> None:
    size = LONGEST_UNREAD + 100_000
    refusal = b"HTTP/1.1 404 Not Found\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size
    async with served(refusal, OK) as (_, client), asyncio.timeout(DEADLINE_SECONDS):
        async with client.stream("GET", "/") as response:
            await asyncio.sleep(0.05)
            body = response.aiter_raw()
            for _ in range(pieces):
                assert await anext(body)
        assert (await client.get("/")).text == "ok"


@pytest.mark.parametrize(
    ("reply", "fault"),
    [(b"", httpx2.RemoteProtocolError), (b"HTTP/1.1 200", httpx2.ReadTimeout)],
)
async def test_a_response_that_does_not_come_is_a_fault(
    reply: bytes, fault: type[Exception]
) -> None:
    async with served(reply) as (_, client):
        with pytest.raises(fault):
            await client.send(client.build_request("GET", "/", extensions=PATIENCE))


async def test_silence_within_a_body_is_a_fault_behind_what_has_come() -> None:
    async with served(HEAD + b"begun") as (_, client):
        request = client.build_request("GET", "/", extensions=PATIENCE)
        response = await client.send(request, stream=True)
        body = response.aiter_raw()
        assert await anext(body) == b"begun"
        with pytest.raises(httpx2.ReadTimeout):
            await anext(body)
        await response.aclose()


async def test_a_body_that_nobody_reads_is_not_taken_from_the_network() -> None:
    size = 64 * LONGEST_UNREAD
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size
    async with served(head + b"x" * size) as (server, _):
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", server.port)
        response = connection.send(b"GET / HTTP/1.1\r\n\r\n", patience=None)

        async def is_full() -> bool:
            return response.unread > LONGEST_UNREAD

        await until(is_full)
        await asyncio.sleep(0.05)
        assert response.unread < size / 2
        read = 0
        while data := await connection.read():
            read += len(data)
        connection.close()
    assert read == size


async def test_a_refusal_is_whole_though_its_server_never_reads_the_request() -> None:
    is_over = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"HTTP/1.1 413 Content Too Large\r\n\r\ntoo large")
        writer.write_eof()
        await is_over.wait()
        writer.transport.abort()

    listening = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1000)
    port = listening.sockets[0].getsockname()[1]
    async with listening, httpx2.AsyncClient(transport=HttpTransport(), timeout=1) as client:
        try:
            response = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * 20_000_000)
        finally:
            is_over.set()
    assert (response.status_code, response.text) == (413, "too large")


async def test_nobody_there_is_told_from_nobody_in_time() -> None:
    async with httpx2.AsyncClient(transport=HttpTransport()) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://127.0.0.1:1/")


async def test_a_header_of_two_lines_is_not_sent() -> None:
    async with served(OK) as (server, client):
        with pytest.raises(httpx2.LocalProtocolError):
            await client.get("/", headers={"x-key": "a\r\nx-other: b"})
    assert server.asked == []
