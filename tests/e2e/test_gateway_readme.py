"""The gateway's README, typed from its beginning to its end into one shell, as an ordinary user."""

import asyncio
import json
import os
import re
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, expect

from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import TURBO_STREAM
from services.shared.pages.turbo_syntax import ACTIONS
from tests.support.browser import Pages, clean_pages
from tests.support.checkout import Checkout, checkout
from tests.support.own_browser import browser_on
from tests.support.own_network import ROOT
from tests.support.printed import Block, printed
from tests.support.registries import fetched_for_npm, fetched_for_pip
from tests.support.waiting import DEADLINE_SECONDS, until

PAGE = "http://127.0.0.1:8000"
TURBO = "/node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js"
HELLO = "#log > p"
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
NUMBER = re.compile(r"^(\d+)$", re.MULTILINE)
CURSOR = re.compile(r"^([0-9a-f]{8})\.(\d+)$", re.MULTILINE)
AS_APP = 'NATS_URL="nats://app:$APP_PASSWORD@127.0.0.1:4222"'
CREATE = f"'$JS.API.STREAM.CREATE.{TURBO_STREAM}'"
# What an application in any language does: send a file's bytes to a subject.
SEND = """
import asyncio, os, sys, nats

async def send(subject, file):
    client = await nats.connect(os.environ["NATS_URL"], inbox_prefix="_INBOX_app")
    payload = open(file, "rb").read()
    if subject.startswith("control."):
        await client.publish(subject, payload)
    else:
        print((await client.request(subject, payload)).data.decode())
    await client.close()

asyncio.run(send(*sys.argv[1:]))
"""
FIRST_FRAME = """(url) => new Promise((heard) => {
  new WebSocket(url).onmessage = ({ data }) => typeof data === "string" && heard(data)
})"""
ARE_OPEN = """() => [...document.querySelectorAll("turbo-stream-source")].every(
  ({ streamSource }) => streamSource?.readyState === 1)"""
SOCKET = "ws://127.0.0.1:8001/ws/turbo_stream/room_7/"
NO_ICON = r"404 \(File not found\)"
REVOKED = r"403 \(Forbidden\)"
LISTENING = "until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done"


@dataclass(slots=True)
class Shell:
    """One shell, in which what was set and started stays."""

    copy: Checkout
    process: Process
    said: str = ""

    async def type(self, *blocks: Block) -> str:
        """Save what is a file, type what is a command; what the commands have said."""
        before = len(self.said)
        for block in blocks:
            if block.language == "sh":
                await self.command(block.text)
            else:
                self.copy.write(block.file, block.text)
        return self.said[before:]

    async def command(self, text: str) -> str:
        """Type this and wait until the shell takes the next command; fail where this one did."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f'{text.rstrip()}\necho "(ended $?)"\n'.encode())
        said = ""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (end := re.search(r"\(ended (\d+)\)\n$", said)):
                line = await self.process.stdout.readline()
                assert line, f"the shell has ended:\n{self.said}{said}"
                said += line.decode()
        self.said += said[: end.start()]
        assert end[1] == "0", f"{text}\n{said}"
        return said[: end.start()]

    async def until_listening(self, port: int) -> None:
        """Wait until somebody listens there."""
        await self.command(f"bash -c '{LISTENING.format(port=port)}'")


@asynccontextmanager
async def shell_in(copy: Checkout) -> AsyncIterator[Shell]:
    """Open a shell; what it started ends with it."""
    process = await asyncio.create_subprocess_exec(
        *copy.network.command(copy.folder, "sh"),
        env=copy.environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
        limit=1024 * 1024,
    )
    try:
        yield Shell(copy, process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.communicate()


async def test_it_can_be_done_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    with checkout(installed=False) as copy:
        async with shell_in(copy) as shell, browser_on(copy.network, tmp_path) as browser:
            await installs(shell)
            await starts(shell)
            async with clean_pages(browser, PAGE) as pages:
                pages.tolerate(NO_ICON)
                pages.tolerate(REVOKED)
                await shows_what_is_published(shell, pages)


async def installs(shell: Shell) -> None:
    packages, npm, secrets = printed("services/realtime/README.md", "Install it")
    copy = shell.copy
    made = copy.folder.parent
    pip = fetched_for_pip(ROOT / "requirements-realtime.lock", made / "wheels")
    npm_s = fetched_for_npm(npm.text, made / "npm")
    copy.own(made / "wheels")
    copy.own(made / "npm")
    settings = " ".join(f"{name}='{value}'" for name, value in {**pip, **npm_s}.items())
    await shell.command(f"set -e\nexport {settings}")
    await shell.type(packages, npm, secrets)
    copy.write("send.py", SEND)


async def starts(shell: Shell) -> None:
    configuration, server, declare, run_declare, by_json = printed(
        "services/realtime/README.md", "Set up NATS"
    )
    (gateway,) = printed("services/realtime/README.md", "Start it")
    await shell.type(configuration, server)
    await shell.until_listening(4222)
    await shell.type(declare, run_declare)
    await shell.type(by_json)
    # The server says no where a stream of that name is there and is another.
    created = await shell.command(f"{AS_APP} .venv/bin/python send.py {CREATE} {by_json.file}")
    assert '"error"' not in created
    ours = next(stream for stream in STREAMS if stream.name == TURBO_STREAM).as_dict()
    written = json.loads(by_json.text)
    assert {name: ours[name] for name in written} == written
    await shell.type(gateway)
    await shell.until_listening(8001)


async def shows_what_is_published(shell: Shell, pages: Pages) -> None:
    python, publish, javascript, publish_too = printed("services/realtime/README.md", "Publish")
    by_python, by_javascript = await mints(shell)
    assert NUMBER.findall(await shell.type(python, publish, javascript, publish_too)) == ["1", "2"]
    page_file, serve, stock = printed("services/realtime/README.md", "Listen")
    await shell.type(page_file, serve)
    await shell.until_listening(8000)
    with_element = await pages.open(f"/{page_file.file}")
    await expect(with_element.locator("natter-stream-source[connected]")).to_be_attached()
    await with_element.evaluate(
        "addEventListener('natter:ended', () => { window.hasEnded = true })"
    )
    with_turbo = await opens_stock_turbo(shell, pages, stock.text.replace("…", by_javascript))
    await shell.type(publish)
    await expect(with_element.locator(HELLO)).to_have_text(["Hello"])
    await expect(with_turbo.locator(HELLO)).to_have_text(["Hello"] * 2)  # by each of its sources
    assert set(await with_turbo.evaluate("Object.keys(Turbo.StreamActions)")) == ACTIONS
    await knows_the_position(shell, with_turbo, publish, by_python)
    await sends_away(shell, with_element)


async def mints(shell: Shell) -> tuple[str, str]:
    python, run_python, javascript, run_javascript = printed(
        "services/realtime/README.md", "Let a page in: the token"
    )
    said = await shell.type(python, run_python, javascript, run_javascript)
    by_python, by_javascript = TOKEN.findall(said)
    return by_python, by_javascript


async def opens_stock_turbo(shell: Shell, pages: Pages, sources: str) -> Page:
    shell.copy.write("stock.html", f'<!doctype html><script src="{TURBO}"></script>{sources}')
    page = await pages.open("/stock.html")

    async def are_open() -> bool:
        return bool(await page.evaluate(ARE_OPEN))

    await until(are_open)
    return page


async def knows_the_position(shell: Shell, page: Page, publish: Block, token: str) -> None:
    python, run = printed("services/realtime/README.md", "Position")
    found = CURSOR.search(await shell.type(python, run))
    assert found
    await shell.type(publish)
    first = await page.evaluate(FIRST_FRAME, f"{SOCKET}?token={token}&since={found[0]}")
    follows = f'data-cursor="{found[1]}.{int(found[2]) + 1}"'
    assert first.startswith(f'<turbo-stream {follows} action="append"'), first


async def sends_away(shell: Shell, page: Page) -> None:
    revocation, commands, tail = printed("services/realtime/README.md", "Send somebody away")
    await shell.type(revocation)
    await shell.command(f"{AS_APP} .venv/bin/python send.py control.revoke {revocation.file}")

    async def has_ended() -> bool:
        return bool(await page.evaluate("window.hasEnded === true"))

    await until(has_ended)
    said = await shell.type(commands)
    assert re.search(r"^published to room_7 as number \d+$", said, re.MULTILINE), said
    assert said.count("asked the gateways to close the sockets of user anna in room_7") == 2
    secret = (await shell.command('echo "= $GATEWAY_PASSWORD"')).rpartition("= ")[2].strip()
    async with shell.copy.running(f"export GATEWAY_PASSWORD={secret}\n{tail.text}") as run:
        await run.until_said(r"(?s)<p>Hello</p>.*<p>Hello</p>")
