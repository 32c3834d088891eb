"""The README, done as it says: by an ordinary user, in its folder, with the ports that it names."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.chat_page import ChatPage, chat_number
from tests.support.browser import Pages, clean_pages
from tests.support.checkout import Checkout, Running, checkout
from tests.support.own_browser import browser_on
from tests.support.own_network import HOME_ADDRESS, ROOT
from tests.support.printed import printed
from tests.support.settings_tables import printed_defaults

IS_UP = r"Natter is up: (http://[\d.]+:\d+)\n"
FIRST_ACCOUNT = (
    r"account  make the first one at (http://127\.0\.0\.1:8000/setup/) with the code (\S+)\n"
)
PASSWORD = "four words nobody joins"
DEMO = "#demo-notice"
# A token of the same second as the order is refused as well; the page fetches another.
REVOKED = r"(Unexpected response code:|responded with a status of) 403"
# Parks jobs that no worker can read, so that there is one of each number that the README names.
PARK = """
import asyncio, json, nats
from services.shared.bus.subjects import AI_PARKED_SUBJECTS

async def park():
    password = json.load(open(".natter/nats/passwords.json"))["ai"]
    client = await nats.connect(f"nats://ai:{password}@127.0.0.1:4222", inbox_prefix="_INBOX_ai")
    for number in range(1, 9):
        subject = AI_PARKED_SUBJECTS.replace("*", str(number))
        await client.jetstream().publish(subject, b'{"no": "job"}')
    await client.close()

asyncio.run(park())
"""


@pytest.fixture(scope="module")
def copy() -> Iterator[Checkout]:
    """One copy for all that is run here: what the first start makes, the others find."""
    with checkout(installed=True) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def own_browser(
    copy: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Browser]:
    """A browser where that copy runs."""
    async with browser_on(copy.network, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@asynccontextmanager
async def started(copy: Checkout, command: str) -> AsyncIterator[Running]:
    """Run `command`, which starts the stack, until the body ends, then press Ctrl+C."""
    async with copy.running(command) as run:
        await run.until_said(IS_UP)
        yield run
        ended = await run.interrupt()
    assert "Traceback" not in ended.said, ended.said
    assert not re.search(r"is killed$", ended.said, re.MULTILINE), ended.said


async def open_page(pages: Pages) -> ChatPage:
    """Open the address that the README tells to open."""
    page = await pages.open("/")
    chat = ChatPage(page, chat_number(page.url))
    await chat.is_connected()
    return chat


async def test_it_runs_and_its_pages_are_changed_from_outside(
    copy: Checkout, own_browser: Browser
) -> None:
    (run,) = printed("README.md", "Try it")
    publish, python, run_python, tail, kick, jobs = printed(
        "README.md", "Change pages from outside"
    )
    (curl,) = printed("README.md", "Read along with curl")
    copy.write(python.file, python.text)
    async with (
        started(copy, run.text),
        clean_pages(own_browser, "http://127.0.0.1:8000") as pages,
    ):
        pages.tolerate(REVOKED)
        chat, other = await open_page(pages), await open_page(pages)
        assert (chat.chat_id, other.chat_id) == (1, 1)
        await expect(chat.page.locator(DEMO)).to_be_visible()
        await chat.send("/echo Hello")
        await other.answer_ends()
        await succeeds(copy, publish.text, r"published to chat_1 as number \d+\n")
        await succeeds(copy, run_python.text, r"published as number \d+\n")
        for page in (chat, other):
            await expect(page.messages.locator("> p")).to_have_text(
                ["Hello World", "Hello from Python"]
            )
        await tails(copy, tail.text)
        await reads_along(copy, curl.text, chat)
        await kicks(copy, kick.text.splitlines(), chat)
        await looks_at_parked_jobs(copy, jobs.text.splitlines())


async def succeeds(copy: Checkout, command: str, said: str) -> None:
    ended = await copy.run(command)
    assert (ended.status, bool(re.fullmatch(said, ended.said, re.DOTALL))) == (0, True), ended


async def tails(copy: Checkout, command: str) -> None:
    async with copy.running(command) as run:
        await run.until_said(r"(?s)Hello World.*Hello from Python")


async def reads_along(copy: Checkout, command: str, chat: ChatPage) -> None:
    """Read the page while an answer is being written: the page ends with the answer."""
    words = " ".join(f"word-{number}" for number in range(60))
    await chat.send(f"/slow 40 /echo {words}")
    await chat.answer_begins()
    await succeeds(copy, command, rf".*<p[^>]*>{words}</p>.*</html>.*")
    await chat.answer_ends()


async def kicks(copy: Checkout, commands: list[str], chat: ChatPage) -> None:
    kick, revoke = commands
    asked = "asked the gateways to close the sockets of everybody in chat_1; "
    await chat.page.evaluate(
        """() => { window.cutOff = 0
        addEventListener("natter:disconnected", () => { window.cutOff += 1 })
        addEventListener("natter:ended", () => { window.hasEnded = true }) }"""
    )
    await succeeds(copy, kick, f"{asked}they may come back at once\n")
    await chat.is_true("window.cutOff > 0")
    await chat.is_connected()
    await succeeds(copy, revoke, f"{asked}tokens issued until now are refused\n")
    await chat.is_true("window.hasEnded === true")
    await chat.page.reload()
    await chat.is_connected()


async def looks_at_parked_jobs(copy: Checkout, commands: list[str]) -> None:
    show_all, show, retry, drop = commands
    await succeeds(copy, show_all, "natter-jobs: no job is parked\n")
    copy.write("park.py", PARK)
    await succeeds(copy, ".venv/bin/python park.py", "")
    await succeeds(copy, show_all, r"(\d  20[^\n]+\n){8}")
    await succeeds(copy, show, re.escape('{\n  "no": "job"\n}\n'))
    await succeeds(copy, retry, "7 given to the workers again\n")
    await succeeds(copy, drop, "8 dropped\n")


async def test_each_endpoint_is_connected_as_it_is_printed(
    copy: Checkout, own_browser: Browser
) -> None:
    (block,) = printed("README.md", "Connect a model")
    openai, ollama, vllm = block.commands
    async with started(copy, openai) as run:
        assert "api.openai.com" in run.said
        async with clean_pages(own_browser, "http://127.0.0.1:8000") as pages:
            chat = await open_page(pages)
            await expect(chat.page.locator(DEMO)).not_to_be_attached()
    await answers(copy, own_browser, ollama, ("11434", "llama3.2"), "http://127.0.0.1:8000")
    await answers(copy, own_browser, vllm, ("8000", "any-model"), "http://127.0.0.1:8080")


async def test_a_named_connection_answers_as_it_is_printed(
    copy: Checkout, own_browser: Browser
) -> None:
    (block,) = printed("README.md", "ai")
    await answers(copy, own_browser, block.text, ("11434", "qwen3"), "http://127.0.0.1:8000")


async def answers(
    copy: Checkout, browser: Browser, command: str, server: tuple[str, str], url: str
) -> None:
    """Run `command` where `server`, a port and a model, listens: that is who answers at `url`."""
    port, model = server
    async with (
        endpoint(copy, port, model),
        started(copy, command) as run,
        clean_pages(browser, url) as pages,
    ):
        assert f"Natter is up: {url}\n" in run.said
        assert "demo" not in run.said
        chat = await open_page(pages)
        await expect(chat.page.locator(DEMO)).not_to_be_attached()
        await chat.send("Who are you?")
        await chat.answer_ends()
        await expect(chat.answer_texts.last).to_have_text(f"This is {model} at port {port}.")


@asynccontextmanager
async def endpoint(copy: Checkout, port: str, model: str) -> AsyncIterator[None]:
    """Have somebody else's server listen at `port`."""
    module = ("-m", "tests.support.stand_in_endpoint", port, model)
    enter = copy.network.enter
    process = await asyncio.create_subprocess_exec(
        *enter, sys.executable, *module, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"listening\n"
        yield
    finally:
        process.terminate()
        await process.wait()


async def test_a_phone_in_the_home_network_has_its_pages_and_its_sockets(copy: Checkout) -> None:
    run, _, _ = printed("README.md", "On a phone, or with accounts")
    if HOME_ADDRESS not in run.text or not copy.network.enter:
        pytest.skip("only a network of its own has this address")
    async with started(copy, run.text) as stack:
        await stack.until_said(r"Everybody who reaches this address reads and writes all chats")
        page = await copy.run(f"curl -sSL http://{HOME_ADDRESS}:8000/")
        stream = re.search(r' sse="(http://[^"]+)" token="([^"]+)"', page.said)
        assert stream is not None, page.said
        assert stream[1].startswith(f"http://{HOME_ADDRESS}:8001/sse/turbo_stream/")
        heard = await copy.run(
            f"curl -sS -o /dev/null -w '%{{http_code}}' -m 1"
            f" -H 'Origin: http://{HOME_ADDRESS}:8000' '{stream[1]}?token={stream[2]}'"
        )
        assert heard.said.startswith("curl: (28)"), heard.said  # it listened until it was enough
        assert heard.said.endswith("200")


async def test_with_accounts_the_first_one_is_made_by_the_printed_code(
    copy: Checkout, own_browser: Browser
) -> None:
    _, run, create = printed("README.md", "On a phone, or with accounts")
    async with started(copy, run.text) as stack:
        found = re.search(FIRST_ACCOUNT, stack.said)
        assert found is not None, stack.said
        async with clean_pages(own_browser, "http://127.0.0.1:8000") as pages:
            page = await pages.open("/setup/")
            for field, value in (("code", found[2]), ("name", "eve"), ("password", PASSWORD)):
                await page.locator(f"#{field}").fill(value)
            await page.get_by_role("button", name="Create account").click()
            await ChatPage(page, 0).is_connected()
        told = f"echo '{PASSWORD}' | {create.text.rstrip()} --password-stdin"
        await succeeds(copy, told, "ann has an account, and is an administrator\n")
    async with started(copy, run.text) as stack:
        assert "account  " not in stack.said


async def test_all_services_start_with_every_default_as_it_is_printed(copy: Checkout) -> None:
    (run,) = printed("README.md", "Try it")
    settings = " ".join(f"{name}='{value}'" for name, value in printed_defaults().items())
    async with started(copy, f"{settings} {run.text}") as stack:
        assert "the demo endpoint" in stack.said


async def test_the_targets_that_change_files_find_nothing_to_change(copy: Checkout) -> None:
    await copy.run("rm -f hello.py park.py")  # what was tried before
    shown = await copy.run("make")
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"(?:`|^ +)make ([a-z-]+)", guide, re.MULTILINE)
    assert set(re.findall(r"^  make ([a-z-]+) ", shown.said, re.MULTILINE)) >= set(named)
    for target in ("format", "schema"):
        assert target in named
        ended = await copy.run(f"make {target}")
        assert ended.status == 0, ended.said
    schema = "services/web/db/schema.sql"
    assert (copy.folder / schema).read_text() == (ROOT / schema).read_text()
    for path in (ROOT / "services").rglob("*.py"):
        assert (copy.folder / path.relative_to(ROOT)).read_bytes() == path.read_bytes(), path
