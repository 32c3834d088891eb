"""A stack with a domain: people sign in by HTTPS, whose certificate the proxy has signed itself."""

import asyncio
import shlex
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx2
import pytest_asyncio

from tests.compose.changes import changed
from tests.compose.project import Project
from tests.support.http import BROWSER
from tests.support.members import ADMIN, PASSWORD
from tests.support.ports import free_port
from tests.support.printed import printed
from tests.support.waiting import until

DOMAIN: Final = "localhost"


@pytest_asyncio.fixture
async def https(stack: Project, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that trusts the proxy's authority, as the guide gives it to browsers."""
    port = free_port()
    _, copy = printed("deploy/README.md", "In a network of your own")
    *command, _ = shlex.split(copy.text)[2:]
    root = tmp_path / "root.crt"
    async with changed(stack, NATTER_DOMAIN=DOMAIN, NATTER_HTTPS_PORT=str(port)):

        async def is_copied() -> bool:
            await asyncio.to_thread(stack.compose, *command, str(root))
            return root.exists()

        await until(is_copied)
        url = f"https://{DOMAIN}:{port}"
        context = ssl.create_default_context(cafile=str(root))
        headers = {**BROWSER, "origin": url}
        async with httpx2.AsyncClient(
            base_url=url, verify=context, headers=headers, timeout=30
        ) as client:
            yield client


async def test_a_session_over_https_goes_nowhere_else(
    stack: Project, https: httpx2.AsyncClient
) -> None:
    answer = await https.post("/sign-in/", data={"name": ADMIN, "password": PASSWORD})
    assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-natter_session=")
    told = {part.strip().lower() for part in cookie.split(";")}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= told
    page = await https.get("/settings/account/")
    assert page.status_code == httpx2.codes.OK
    assert f">{ADMIN}<" in page.text
    plain = httpx2.get(f"http://{DOMAIN}:{stack.port}/sign-in/", headers=BROWSER)
    assert plain.headers["location"].startswith(f"https://{DOMAIN}")
