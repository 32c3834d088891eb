"""Replicas of web behind the proxy, which come, go, fail and come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.integration.proxy.proxied import Proxied, proxied
from tests.support.http import http_client
from tests.support.ports import free_port
from tests.support.servers import serving
from tests.support.waiting import until


@dataclass
class Replicas:
    """Replicas at one port of several addresses; each answers with its own."""

    port: int = field(default_factory=free_port)
    forms: list[str] = field(default_factory=list)
    """The content of each form that arrived."""

    @asynccontextmanager
    async def replica(self, host: str) -> AsyncIterator[None]:
        """Run one for as long as the body runs."""

        async def answer(request: Request) -> PlainTextResponse:
            if request.method == "POST":
                self.forms.append((await request.body()).decode())
            return PlainTextResponse(host)

        app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
        async with serving(app, host=host, port=self.port):
            yield

    @asynccontextmanager
    async def behind(self, folder: Path, *hosts: str) -> AsyncIterator[Proxied]:
        """Run the proxy, to which web's name means these addresses."""
        async with proxied(folder, web=f"127.0.0.2:{self.port}") as site:
            site.names.addresses["web"] = list(hosts)
            yield site


async def until_answering(site: Proxied, *hosts: str) -> None:
    """Wait until these answer, and no others do."""
    async with http_client(f"http://{site.address}") as client:

        async def they_answer() -> bool:
            answers = [await client.get("/") for _ in range(20)]
            return {answer.text for answer in answers} == set(hosts)

        await until(they_answer)


async def send_forms(site: Proxied, sent: list[str], stop: asyncio.Event) -> None:
    """Send one form after the other, and have each answered well."""
    async with http_client(f"http://{site.address}") as client:
        while not stop.is_set():
            sent.append(f"form {len(sent)}")
            answer = await client.post("/", content=sent[-1])
            assert answer.status_code == 200


async def test_each_form_arrives_once_while_replicas_come_and_go(tmp_path: Path) -> None:
    replicas, sent, stop = Replicas(), list[str](), asyncio.Event()
    async with replicas.behind(tmp_path, "127.0.0.2") as site, AsyncExitStack() as first:
        await first.enter_async_context(replicas.replica("127.0.0.2"))
        async with replicas.replica("127.0.0.3"), asyncio.TaskGroup() as senders:
            for _ in range(3):
                senders.create_task(send_forms(site, sent, stop))
            site.names.addresses["web"] = ["127.0.0.2", "127.0.0.3"]
            await until_answering(site, "127.0.0.2", "127.0.0.3")
            async with replicas.replica("127.0.0.4"):
                site.names.addresses["web"] = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
                await until_answering(site, "127.0.0.2", "127.0.0.3", "127.0.0.4")
                site.names.addresses["web"] = ["127.0.0.3"]
                await until_answering(site, "127.0.0.3")
            await first.aclose()
            stop.set()
    assert sorted(replicas.forms) == sorted(sent)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_replica_that_is_down_is_passed_over(tmp_path: Path, method: str) -> None:
    replicas = Replicas()
    async with (
        replicas.replica("127.0.0.3"),
        replicas.behind(tmp_path, "127.0.0.2", "127.0.0.3") as site,
        http_client(f"http://{site.address}") as client,
    ):
        content = "" if method == "GET" else "form"
        for _ in range(20):
            answer = await client.request(method, "/", content=content)
            assert (answer.status_code, answer.text) == (200, "127.0.0.3")
    assert replicas.forms == ([] if method == "GET" else ["form"] * 20)


async def test_a_request_waits_while_there_is_no_replica(tmp_path: Path) -> None:
    replicas = Replicas()
    async with (
        replicas.replica("127.0.0.2"),
        replicas.behind(tmp_path) as site,
        http_client(f"http://{site.address}") as client,
        asyncio.TaskGroup() as tasks,
    ):
        asking = tasks.create_task(client.post("/", content="form"))

        async def was_asked_again() -> bool:
            return len(site.names.asked) > 1

        await until(was_asked_again)
        site.names.addresses["web"] = ["127.0.0.2"]
        answer = await asking
        if answer.status_code != 200:  # a busy machine: that took longer than the proxy waits
            assert answer.headers["retry-after"] == "5"
            answer = await client.post("/", content="form")
        assert answer.text == "127.0.0.2"
    assert replicas.forms == ["form"]


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("GET", 2)])
async def test_what_may_have_arrived_is_sent_again_only_where_that_changes_nothing(
    tmp_path: Path, method: str, times: int
) -> None:
    asked: list[bytes] = []

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) > 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(break_off, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        async with (
            proxied(tmp_path, web=f"{host}:{port}") as site,
            http_client(f"http://{site.address}") as client,
        ):
            answer = await client.request(method, "/", content="form" if times == 1 else "")
    assert len(asked) == times
    assert answer.status_code == (502 if times == 1 else 200)
    assert {"server", "via"} & set(answer.headers) == set()
