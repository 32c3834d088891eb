"""Each secret is rotated under answers that grow: nothing is lost, and no page stays away."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.local.nats_server import USERS
from services.demo.app import create_app as create_demo
from services.demo.settings import DemoSettings
from tests.faults.endpoints import TOKENS_PER_SECOND, base_url
from tests.faults.killer import is_growing
from tests.faults.natter import Natter, until_connected
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker, asking
from tests.support.chatting.reader import ChatPage
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.servers import serving
from tests.support.tokens import SECRET
from tests.support.waiting import passed, until

SECRETS = ("NATS_URL", "NATTER_STREAM_KEYS", "OPENAI_API_KEY")
PASSWORDS = {user: f"changed-{user}" for user in USERS}
NEWER = "a-newer-stream-key-of-the-tests-0123456789"
REFUSED = "1006 status 401"
LONG = "Something long, please"
APART_SECONDS = 4.0


@pytest.mark.usefixtures("refused_logins")
@pytest.mark.parametrize("first", ["files", "server"])
async def test_services_take_up_new_passwords_of_nats_without_a_restart(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer, first: str
) -> None:
    chats = [await natter.chat() for _ in range(3)]
    async with natter.working(base_url(endpoint), 2, max_deliveries=1000) as workers:
        services = (natter.web, natter.gateway, *workers)
        for service in services:
            await read_from_files(service)
        started = [service.process for service in services]
        async with natter.reading(*chats) as pages:
            async with asking(oracle, natter.random, chats) as asker:
                await until_growing(pages)
                if first == "files":
                    rewrite_addresses(natter, services)
                    await passed(APART_SECONDS)
                await change_passwords(natter)
                if first == "server":
                    await passed(APART_SECONDS)
                    rewrite_addresses(natter, services)
                await asyncio.gather(*(service.until_ready() for service in services))
            await asker.until_ended()
            findings = await audit_answers(asker.asked, pages)
        refusals = [service.log.read_text().count("bus_login_refused") for service in services]
        show(
            f"passwords of NATS rotated in mid-answer, {first} first: answers {findings.answers},"
            f" characters {findings.characters}, faults {len(findings.faults)}, refusals logged"
            f" {refusals}, pages loaded again {findings.reloads}, longest pause"
            f" {max(page.growth.longest_pause() for page in pages):.2f} s"
        )
        assert [service.process for service in services] == started
        assert refusals == [1 if first == "server" else 0] * len(services)
        findings.check()


@pytest.mark.parametrize("first", ["gateway", "web"])
async def test_stream_keys_are_rotated_without_a_page_that_stays_away(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer, first: str
) -> None:
    chats = [await natter.chat() for _ in range(3)]
    asker = Asker(oracle, natter.random)
    both = [natter.gateway, natter.web]
    for service in both:
        await read_from_files(service)
    if first == "web":
        both.reverse()
    async with natter.working(base_url(endpoint)), natter.reading(*chats[:2]) as pages:
        for chat in chats:
            await asker.ask(chat, LONG)
        await until_growing(pages)
        await rotate(both[0], [NEWER, SECRET])
        async with following(ChatPage(chats[2].number, natter.http, natter.random)) as late:
            if first == "web":
                await until(lambda: asyncio.sleep(0, late.endings[REFUSED]))
            await rotate(both[1], [NEWER, SECRET])
            await until_connected([*pages, late])
            refused = [page.endings[REFUSED] for page in (*pages, late)]
            await rotate(natter.gateway, [NEWER])
            await rotate(natter.web, [NEWER])
            await until_connected([*pages, late])
            await asker.until_ended()
            findings = await audit_answers(asker.asked, [*pages, late])
        show(
            f"stream keys rotated in mid-answer, {first} first: answers {findings.answers}, faults"
            f" {len(findings.faults)}, pages loaded again {findings.reloads}, refused while the"
            f" keys differed {refused}, endings {[dict(page.endings) for page in pages]}"
        )
        assert [times > 0 for times in refused] == [False, False, first == "web"]
        # Their own tokens were signed with the key that is gone.
        assert all(page.endings[REFUSED] for page in pages)
        findings.check()


async def test_a_worker_takes_over_its_own_answers_with_a_new_key_of_the_endpoint(
    natter: Natter, oracle: ModelServer
) -> None:
    chats = [await natter.chat() for _ in range(3)]
    asker = Asker(oracle, natter.random)
    async with locked_endpoint("an-old-key") as lock, natter.working(lock.url) as (worker,):
        worker.environment = {
            **{n: v for n, v in worker.environment.items() if n != "NATTER_AI_CONNECTIONS"},
            "OPENAI_BASE_URL": lock.url,
            "OPENAI_API_KEY": "an-old-key",
        }
        await read_from_files(worker)
        async with natter.reading(*chats) as pages:
            for chat in chats:
                await asker.ask(chat, LONG)
            await until_growing(pages)
            lock.key = "a-new-key"
            file_of(worker, "OPENAI_API_KEY").write_text("a-new-key\n")
            await worker.restart()
            await asker.ask(chats[0], "Please count to 30")
            await asker.until_ended()
            findings = await audit_answers(asker.asked, pages)
        show(
            f"key of the endpoint rotated in mid-answer: answers {findings.answers}, characters"
            f" {findings.characters}, faults {len(findings.faults)}, refused by the endpoint"
            f" {lock.refused}"
        )
        # The worker that is about to end may still list the models with the old key.
        assert set(lock.refused) <= {"/v1/models"}
        findings.check()


async def read_from_files(service: ServiceProcess) -> None:
    """Restart a running service, with its secrets in files."""
    variables = dict(service.environment)
    for name in SECRETS:
        if (value := variables.pop(name, None)) is not None:
            file = file_of(service, name)
            file.write_text(value + "\n")
            variables[f"{name}_FILE"] = str(file)
    service.environment = variables
    service.kill()
    service.begin()
    await service.until_ready()


def file_of(service: ServiceProcess, name: str) -> Path:
    """Return the file that holds a service's secret."""
    return service.log.with_suffix(f".{name}")


async def change_passwords(natter: Natter) -> None:
    """Have NATS start again, with other passwords."""
    await asyncio.to_thread(natter.nats.end)
    (natter.nats.folder / "passwords.json").write_text(json.dumps(PASSWORDS))
    await asyncio.to_thread(natter.nats.begin)


def rewrite_addresses(natter: Natter, services: Sequence[ServiceProcess]) -> None:
    """Put the address of NATS with the new passwords into the services' files."""
    for service in services:
        user = service.module.rpartition(".")[2]
        address = f"nats://{user}:{PASSWORDS[user]}@127.0.0.1:{natter.nats.server.port}\n"
        file_of(service, "NATS_URL").write_text(address)


async def rotate(service: ServiceProcess, keys: list[str]) -> None:
    """Give a service these stream keys, and have it read them."""
    file_of(service, "NATTER_STREAM_KEYS").write_text(json.dumps(keys) + "\n")
    await service.restart()


async def until_growing(pages: list[ChatPage]) -> None:
    """Wait until each page shows an answer that is being written."""

    async def are_growing() -> bool:
        return all(
            any(is_growing(page, message) for message in page.growth.moments) for page in pages
        )

    await until(are_growing)


@asynccontextmanager
async def following(page: ChatPage) -> AsyncIterator[ChatPage]:
    """Let a page follow its stream, which it need not be admitted to yet."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(page.run())
        yield page
        running.cancel()


class Lock:
    """A demo endpoint that asks for a key, as others do."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self.key = key
        self.refused: list[str] = []
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._lets_in(Request(scope)):
            self.refused.append(scope["path"])
            error = {"message": "Incorrect API key provided.", "code": "invalid_api_key"}
            await JSONResponse({"error": error}, 401)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _lets_in(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"


@asynccontextmanager
async def locked_endpoint(key: str) -> AsyncIterator[Lock]:
    """Serve a demo endpoint that asks for `key`."""
    demo = create_demo(DemoSettings(tokens_per_second=TOKENS_PER_SECOND, first_token_ms=0))
    lock = Lock(demo, key)
    async with serving(lock) as address:
        lock.url = f"http://{address}/v1"
        yield lock
