"""Who may listen: the list of Campfire's tests, with web, a gateway and their bus.

(basecamp/once-campfire, `test/channels`.)
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx2
import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import CONTROL, REVOKE_SUBJECT, account_group, chat_group
from services.web.db.pool import Connection
from tests.integration.web.authorisation.things import Things, store_things
from tests.integration.web.pages import list_path
from tests.support.accounts import (
    PASSWORD,
    Person,
    browser,
    make_account,
    natter_command,
    sign_in,
)
from tests.support.asking import LISTENS, ask_each_way, ask_events, ask_socket, refused_each_way
from tests.support.figures import show
from tests.support.http import http_client
from tests.support.sockets import Socket, element, listening, publish
from tests.support.stack import Web, realtime_settings, serving_gateway
from tests.support.tokens import forged

ANY = {"accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Site:
    """Web and a gateway; Ann has two devices, Bob is somebody else."""

    web: Web
    gateway: str
    database_url: str
    ann: Person
    other_device: Person
    bob: Person
    things: Things

    @property
    def group(self) -> str:
        return chat_group(self.things.chat)

    async def token(self, person: Person) -> str:
        return await token_at(person.client, f"/chat/{self.things.chat}/message/stream/")


@pytest_asyncio.fixture
async def site(
    server: Web, nats_server: NatsServer, database_url: str, db: Connection
) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(serving_gateway(realtime_settings(nats_server)))
        ids = {
            name: await make_account(db, name, is_admin=name == "ann") for name in ("ann", "bob")
        }

        async def device(name: str) -> Person:
            client = await stack.enter_async_context(browser(server.address))
            assert (await sign_in(client, name)).status_code == 303
            return Person(ids[name], name, client)

        ann, other, bob = [await device(name) for name in ("ann", "ann", "bob")]
        things = await store_things(db, ids["ann"])
        yield Site(server, gateway, database_url, ann, other, bob, things)


async def token_at(client: httpx2.AsyncClient, path: str) -> str:
    answer = await client.get(path, headers=ANY)
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert isinstance(token, str)
    return token


async def closed_at(socket: Socket) -> float:
    """Wait until a socket is closed, to come back with a fresh token; return when it was."""
    assert await socket.close_code() == 4005
    return time.time()


async def refused_by_web(person: Person, path: str) -> int:
    answer = await person.client.get(path, headers=ANY)
    assert "application/json" not in answer.headers["content-type"]
    assert answer.headers["natter-refusal"] == "final"
    return answer.status_code


async def test_a_member_listens_and_nobody_else_does(site: Site, web_bus: Bus) -> None:
    token, group = await site.token(site.ann), site.group
    assert {each.status for each in await ask_each_way(site.gateway, group, token)} == {LISTENS}
    async with listening(site.gateway, group, token=token) as socket:
        await publish(web_bus, group, element("Hello"))
        assert await socket.receive(1) == [element("Hello")]
    # A stranger gets no token, and an own one opens nothing else.
    path = f"/chat/{site.things.chat}/message/stream/"
    assert await refused_by_web(site.bob, path) == 404
    own = await token_at(site.bob.client, "/chat/stream/")
    assert (await refused_each_way(site.gateway, group, own)).status == 403
    assert (await refused_each_way(site.gateway, account_group(site.ann.id), own)).status == 403
    # A token for another group of the same person, one that is not signed, and none.
    anns = await token_at(site.ann.client, "/chat/stream/")
    assert (await refused_each_way(site.gateway, group, anns)).status == 403
    assert (await refused_each_way(site.gateway, group, forged(group))).status == 401
    unsigned = ".".join([*token.split(".")[:2], ""])
    assert (await refused_each_way(site.gateway, group, unsigned)).status == 401
    assert (await ask_socket(site.gateway, group)).status == 401
    assert (await ask_events(site.gateway, group)).status == 401


async def test_no_side_door_gives_a_token(site: Site) -> None:
    chat = site.things.chat
    for path in (list_path(chat), f"{list_path(chat)}?wait=1", f"/chat/{chat}/menu/"):
        page = await site.bob.client.get(path)
        assert page.status_code == 404
        assert "stream-source" not in page.text
    # A session's cookie alone opens nothing at the gateway, nor does a token twice.
    cookie = {"cookie": "; ".join(f"{n}={v}" for n, v in site.ann.client.cookies.items())}
    async with http_client(f"http://{site.gateway}") as client:
        answer = await client.get(f"/sse/turbo_stream/{site.group}/", headers=cookie)
        assert answer.status_code == 401
    token = await site.token(site.ann)
    twice = await ask_socket(site.gateway, site.group, token, query=f"?token={token}")
    assert twice.status == 400
    # Once the chat is deleted there is no further token, not even for its owner.
    deleted = await site.ann.client.post(f"/chat/{chat}/delete/")
    assert deleted.status_code == 303
    assert await refused_by_web(site.ann, f"/chat/{chat}/message/stream/") == 404


async def sign_out(site: Site) -> None:
    await site.ann.client.post("/sign-out/")


async def end_from_another_device(site: Site) -> None:
    page = await site.other_device.client.get("/settings/account/")
    sessions = re.findall(r"/settings/account/sessions/(\d+)/end/", page.text)
    first = min(map(int, sessions))
    ended = await site.other_device.client.post(f"/settings/account/sessions/{first}/end/")
    assert ended.status_code == 303


async def change_password(site: Site) -> None:
    fields = {"present": PASSWORD, "new": "five other words nobody joins"}
    changed = await site.other_device.client.post("/settings/account/password/", data=fields)
    assert changed.status_code == 303


async def disable(site: Site) -> None:
    """A command publishes nothing: web's relay does, when it looks next."""
    await natter_command(site.database_url, "disable-account", "ann")


async def delete_account(site: Site) -> None:
    fields = {"confirm": PASSWORD}
    deleted = await site.other_device.client.post("/settings/account/delete/", data=fields)
    assert deleted.status_code == 303


type End = Callable[[Site], Awaitable[None]]
LEAVES_OTHER_DEVICE = (sign_out, end_from_another_device, change_password)


@pytest.mark.parametrize("end", [*LEAVES_OTHER_DEVICE, disable, delete_account])
async def test_who_is_revoked_is_sent_away_and_does_not_come_back(
    site: Site, web_bus: Bus, end: End
) -> None:
    group, path = site.group, f"/chat/{site.things.chat}/message/stream/"
    token, others = await site.token(site.ann), await site.token(site.other_device)
    async with (
        listening(site.gateway, group, token=token) as socket,
        listening(site.gateway, group, token=others) as second,
        listening(site.gateway, account_group(site.bob.id), user=str(site.bob.id)) as bob,
    ):
        await publish(web_bus, group, element("before"))
        assert [await each.receive(1) for each in (socket, second)] == [[element("before")]] * 2
        async with asyncio.TaskGroup() as tasks:
            closed = tasks.create_task(closed_at(socket))
            await end(site)
        stored = await web_bus.jetstream.get_last_msg(CONTROL, REVOKE_SUBJECT)
        revoked_at = Revocation.model_validate_json(stored.data or b"").at
        show(f"{end.__name__}: the socket was closed {closed.result() - revoked_at:.3f} s later")
        assert await second.close_code() == 4005
        assert (await refused_each_way(site.gateway, group, token)).status == 403
        assert await refused_by_web(site.ann, path) == 401
        await publish(web_bus, group, element("meanwhile"))
        if end in LEAVES_OTHER_DEVICE:
            fresh = await site.token(site.other_device)
            async with listening(site.gateway, group, token=fresh, since=second.cursor) as back:
                assert await back.receive(1) == [element("meanwhile")]
        else:
            assert await refused_by_web(site.other_device, path) == 401
        await publish(web_bus, account_group(site.bob.id), element("bob"))
        assert await bob.receive(1) == [element("bob")]
