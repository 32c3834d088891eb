"""No secret is in a log, in the metrics, in an error, or in a page of somebody else."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.ai.app import create_app as create_ai
from services.shared.process.logging import configure_logging
from services.web.session_cookie import csrf_token
from tests.integration.web.pages import FRAME, form_path, running_web
from tests.integration.web.shared import Shared
from tests.support.accounts import FROM_HERE, PASSWORD, SETUP_CODE, browser, password_hash, sign_in
from tests.support.canonical_lines import Log
from tests.support.http import http_client
from tests.support.logs import restored_logging
from tests.support.servers import serving
from tests.support.stack import ai_settings, realtime_settings, serving_gateway, web_settings
from tests.support.tokens import SECRET
from tests.support.waiting import until

__all__ = ["restored_logging"]

KEY = "sk-canary-0123456789abcdef0123456789abcdef"
WRONG = "this is a wrong canary password"
NEW = "another canary password of hers"
INVITATION = "i" * 43
NOBODY_LISTENS = "postgresql://natter:database-canary@127.0.0.1:1/natter"


@dataclass
class Canaries:
    """Every secret by its name, and the texts that hold none."""

    secrets: dict[str, str]
    texts: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, where: str, answer: httpx2.Response) -> httpx2.Response:
        """Keep what somebody got who may know no secret."""
        told = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.texts.append((where, f"{told}\n{answer.text}"))
        return answer

    def found(self) -> list[str]:
        """Name each secret that is somewhere, in whatever writing."""
        return [
            f"{name} in {where}"
            for where, text in self.texts
            for name, secret in self.secrets.items()
            if any(written in text for written in _writings(secret))
        ]


def _writings(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(secret.encode()).decode().rstrip("=")


async def _refuse(request: Request) -> Response:
    key = request.headers["authorization"].removeprefix("Bearer ")
    return JSONResponse({"error": {"message": f"Incorrect API key provided: {key}"}}, 401)


@asynccontextmanager
async def _running(shared: Shared) -> AsyncIterator[dict[str, str]]:
    """Run all services, with a model that refuses the key; give their addresses."""
    endpoint = Starlette(routes=[Route("/v1/{path:path}", _refuse, methods=["GET", "POST"])])
    web = web_settings(
        shared.database_url, shared.nats, single_user=False, setup_code=SecretStr(SETUP_CODE)
    )
    away = web.model_copy(update={"database_url": SecretStr(NOBODY_LISTENS)})
    gateway = realtime_settings(shared.nats)
    async with (
        serving(endpoint) as model,
        running_web(web) as near,
        running_web(away) as far,
        serving_gateway(gateway) as realtime,
        serving(
            create_ai(
                ai_settings(shared.nats, f"http://{model}/v1").model_copy(
                    update={"openai_api_key": SecretStr(KEY)}
                )
            )
        ) as ai,
    ):
        yield {"web": near.address, "away": far.address, "realtime": realtime, "ai": ai}


@pytest.mark.usefixtures("restored_logging")
async def test_no_secret_is_told(emptied: Shared, capfd: pytest.CaptureFixture[str]) -> None:
    log = Log(capfd)
    configure_logging("debug", "json")
    canaries = Canaries(
        {
            "password": PASSWORD,
            "wrong password": WRONG,
            "new password": NEW,
            "hash of the password": password_hash(),
            "setup code": SETUP_CODE,
            "invitation": INVITATION,
            "stream key": SECRET,
            "API key": KEY,
            "password of the database": "database-canary",
            **{
                f"password of {user} at NATS": urlsplit(emptied.nats.url(user)).password or ""
                for user in ("web", "realtime", "ai")
            },
        }
    )
    assert all(canaries.secrets.values())
    async with _running(emptied) as at:
        async with browser(at["web"]) as ann, browser(at["web"]) as bob:
            await _come_in(canaries, ann, bob, emptied)
            await _talk(canaries, ann, bob)
            await _go_wrong(canaries, ann, at)
            await _fail(canaries, ann, emptied)
        for name in ("web", "realtime", "ai"):
            async with http_client(f"http://{at[name]}") as client:
                told = await client.get("/metrics", headers={"host": "localhost"})
                assert told.status_code == 200
                canaries.keep(f"metrics of {name}", told)
    canaries.texts.append(("the logs", log.said))
    assert "request_failed" in log.said
    assert canaries.found() == []


async def _come_in(
    canaries: Canaries, ann: httpx2.AsyncClient, bob: httpx2.AsyncClient, shared: Shared
) -> None:
    """Set up, sign up, and sign in, also wrongly."""
    data = {"code": SETUP_CODE, "name": "ann", "password": PASSWORD}
    assert (await ann.post("/setup/", data={**data, "password": "short"})).status_code == 422
    assert (await ann.post("/setup/", data=data)).status_code == 303
    await shared.admin.execute(
        "INSERT INTO invitations (token_hash, expires_at)"
        " VALUES (sha256($1::bytea), now() + interval '1 day')",
        INVITATION.encode(),
    )
    await bob.get(f"/sign-up/?invitation={INVITATION}")
    data = {"invitation": INVITATION, "name": "bob", "password": PASSWORD}
    assert (await bob.post("/sign-up/", data=data)).status_code == 303
    await bob.post("/sign-out/")
    canaries.keep("a wrong password", await sign_in(bob, "bob", WRONG))
    canaries.keep("no such name", await sign_in(bob, "carol", WRONG))
    assert (await sign_in(bob, "bob")).status_code == 303
    # What somebody types into the wrong field comes back to that person alone.
    await sign_in(ann, WRONG, "")
    password = {"present": PASSWORD, "new": NEW}
    changed = await ann.post("/settings/account/password/", data=password)
    assert changed.status_code == 303
    for name, client in (("ann", ann), ("bob", bob)):
        token = client.cookies["natter_session"]
        canaries.secrets[f"session of {name}"] = token
        canaries.secrets[f"token of {name}'s forms"] = csrf_token(token)
    canaries.secrets["stored hash"] = await shared.admin.fetchval(
        "SELECT password_hash FROM accounts WHERE name = 'ann'"
    )


async def _talk(canaries: Canaries, ann: httpx2.AsyncClient, bob: httpx2.AsyncClient) -> None:
    """Ask a model that refuses the key, and look at the other's page."""
    chat = int((await ann.post("/chat/")).headers["location"].split("/")[2])
    await ann.post(form_path(chat), data={"content": "Hello"})

    async def has_failed() -> bool:
        page = await ann.get(f"/chat/{chat}/message/list/", headers=FROM_HERE)
        return 'data-status="failed"' in page.text

    await until(has_failed)
    page = await ann.get(f"/chat/{chat}/message/list/", headers=FROM_HERE)
    for number, token in enumerate(re.findall(r' token="([^"]+)"', page.text)):
        canaries.secrets[f"stream token {number}"] = token
    # Its own stream tokens belong there.
    shown = re.sub(r' token="[^"]+"', "", page.text)
    canaries.texts.append(("one's own page", shown))
    theirs = await bob.get("/chat/", follow_redirects=True, headers=FROM_HERE)
    canaries.texts.append(("a page of another", re.sub(r' token="[^"]+"', "", theirs.text)))


async def _go_wrong(canaries: Canaries, ann: httpx2.AsyncClient, at: dict[str, str]) -> None:
    """Provoke errors of every kind, each with a secret in its request."""
    for path in ("/nothing", f"/chat/9/message/list/?token={INVITATION}", "/chat/9/menu/"):
        canaries.keep(path.partition("?")[0], await ann.get(path, headers=FRAME))
    canaries.keep("a wrong verb", await ann.request("PUT", "/chat/", headers=FROM_HERE))
    broken = {"content-type": "application/x-www-form-urlencoded"}
    text = f"password={quote(PASSWORD)}&name=%ff".encode()
    canaries.keep("a broken form", await ann.post("/sign-in/", content=text, headers=broken))
    ann.headers.update(FROM_HERE)
    answers = [await sign_in(ann, "dora", WRONG) for _ in range(12)]
    assert answers[-1].status_code == 429
    canaries.keep("a slowed sign-in", answers[-1])
    async with browser(at["away"]) as away:
        away.cookies.update(ann.cookies)
        gone = await away.get("/chat/stream/", headers={"accept": "application/json"})
        assert gone.status_code == 503
        canaries.keep("no database", gone)
    token = canaries.secrets["stream token 0"]
    async with http_client(f"http://{at['realtime']}") as client:
        for path in ("/sse/turbo_stream/chat_77/", "/ws/turbo_stream/chat_77/"):
            refused = await client.get(path, params={"token": token})
            assert refused.status_code >= 400
            canaries.keep(path, refused)


async def _fail(canaries: Canaries, ann: httpx2.AsyncClient, shared: Shared) -> None:
    """Let the server make a mistake, while it has a secret in its hands."""
    await shared.admin.execute("ALTER TABLE prompts RENAME TO gone")
    try:
        data = {"name": INVITATION, "content": WRONG}
        failed = await ann.post("/settings/prompts/", data=data, headers=FROM_HERE)
        assert failed.status_code == 500
        canaries.keep("a mistake of the server", failed)
    finally:
        await shared.admin.execute("ALTER TABLE gone RENAME TO prompts")
