"""The gateway's README, done as it says, by an application that is not Natter."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from services.realtime import endings
from services.realtime.endings import Ending
from services.realtime.metrics import GatewayMetrics
from services.realtime.readings import Readings
from services.shared.streams import STREAMS
from services.shared.subjects import TURBO_STREAM, check_group, turbo_stream_subject
from services.shared.turbo_syntax import check_turbo_streams
from tests.support.gateways import running_gateway
from tests.support.node_packages import NODE, node_packages
from tests.support.readme import README, ReadmeServer, examples, readme_nats
from tests.support.sockets import listening
from tests.support.tokens import SECRET
from tests.support.waiting import DEADLINE_SECONDS

GROUP = "room_7"
HTML = '<turbo-stream action="append" target="log"><template><p>Hello</p></template></turbo-stream>'


@dataclass(frozen=True, slots=True)
class Application:
    """A folder with the README's examples in it, a server and a gateway."""

    folder: Path
    server: ReadmeServer
    gateway: str

    async def run(self, name: str) -> str:
        return await run_example(self.folder, name, self.server)


async def run_example(folder: Path, name: str, server: ReadmeServer) -> str:
    """Run an example as a program of its own and return what it prints."""
    (folder / name).write_text(examples()[name])
    if name.endswith(".mjs"):
        modules = await asyncio.to_thread(node_packages)
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(modules)
    process = await asyncio.create_subprocess_exec(
        NODE if name.endswith(".mjs") else sys.executable,
        name,
        cwd=folder,
        env={"NATS_URL": server.url("app"), "STREAM_KEY": SECRET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "application"
    made.mkdir()
    return made


@pytest_asyncio.fixture
async def application(tmp_path: Path, folder: Path) -> AsyncIterator[Application]:
    with readme_nats(tmp_path / "nats") as server:
        await run_example(folder, "declare.py", server)
        async with running_gateway(server.url("gateway"), tmp_path / "gateway.log", {}) as gateway:
            yield Application(folder, server, gateway.address)


@pytest.mark.parametrize(
    ("mint", "publish"), [("mint.py", "publish.py"), ("mint.mjs", "publish.mjs")]
)
async def test_a_page_with_a_token_is_sent_what_is_published(
    application: Application, mint: str, publish: str
) -> None:
    token = await application.run(mint)
    async with listening(application.gateway, GROUP, token=token) as socket:
        assert await application.run(publish) == "1"
        assert await socket.receive(1) == [HTML]


async def test_a_position_read_before_is_one_to_listen_from(application: Application) -> None:
    token = await application.run("mint.py")
    before = await application.run("position.py")
    await application.run("publish.py")
    async with listening(application.gateway, GROUP, token=token, since=before) as socket:
        assert await socket.receive(1) == [HTML]


async def test_a_published_revocation_sends_the_user_away(application: Application) -> None:
    token = await application.run("mint.py")
    async with listening(application.gateway, GROUP, token=token) as socket:
        client = await nats.connect(application.server.url("app"), inbox_prefix="_INBOX_app")
        await client.publish("control.revoke", examples()["revoke.json"].encode())
        await client.close()
        assert await socket.close_code() == endings.REVOKED.code


async def test_both_ways_declare_the_stream_that_natter_declares(
    tmp_path: Path, folder: Path
) -> None:
    written = json.loads(examples()["turbo_stream.json"])
    with readme_nats(tmp_path / "nats") as server:
        client = await nats.connect(server.url("app"), inbox_prefix="_INBOX_app")
        await run_example(folder, "declare.py", server)
        by_python = await config_of(client, "INFO", b"")
        await client.request(f"$JS.API.STREAM.DELETE.{TURBO_STREAM}")
        by_json = await config_of(client, "CREATE", json.dumps(written).encode())
        await client.close()
    assert by_python == by_json
    ours = next(stream for stream in STREAMS if stream.name == TURBO_STREAM).as_dict()
    assert {name: ours[name] for name in written} == written


async def config_of(client: Client, action: str, payload: bytes) -> object:
    answer = await client.request(f"$JS.API.STREAM.{action}.{TURBO_STREAM}", payload)
    return json.loads(answer.data)["config"]


def test_the_lines_for_the_nats_program_name_what_there_is() -> None:
    commands = re.findall(r"^nats (?:.|\n(?!```))*", README.read_text(), re.MULTILINE)
    add, request = commands
    assert f"stream add {TURBO_STREAM} --config turbo_stream.json" in add
    assert f"request {turbo_stream_subject(check_group(GROUP))} " in request
    (html,) = re.findall(r"'(<turbo-stream.*)'", request)
    check_turbo_streams(html)
    assert html == HTML


def test_the_table_of_close_codes_names_every_ending() -> None:
    table = README.read_text().partition("### Close codes")[2].partition("\n## ")[0]
    named = {int(code) for code in re.findall(r"\b(\d{4})\b(?=[,\d ]*\|)", table)}
    known = {ending.code for ending in vars(endings).values() if isinstance(ending, Ending)}
    assert named == known | {endings.draining(1).code, 1002, 1007, 1009}


def test_the_table_of_metrics_names_every_metric() -> None:
    table = README.read_text().partition("| Metric, after")[2].partition("\n\n")[0]
    names = re.findall(r"`([a-z_]+)(?:\{\w+\})?`", table.partition("\n")[2])
    wanted = {f"natter_realtime_{name.removesuffix('_total')}" for name in names}
    wanted -= {f"natter_realtime_{source}" for source in ("ring", "stream", "refresh", "live")}
    assert wanted == {family.name for family in watched().collect()}


def watched() -> CollectorRegistry:
    metrics = GatewayMetrics()
    metrics.watch(
        Readings(
            sockets=dict,
            sockets_limit=0,
            users=lambda: 0,
            groups=lambda: 0,
            ring_publications=lambda: 0,
            ring_bytes=lambda: 0,
            bus_connected=lambda: True,
            draining=lambda: False,
        )
    )
    return metrics.registry
