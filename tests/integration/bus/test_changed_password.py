"""NATS restarts with other passwords: a connection uses the new one, and nothing is lost."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from deploy.local.nats_server import USERS
from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_streams
from tests.support.outages import Outage
from tests.support.waiting import until

SUBJECT = "turbo_stream.chat_1"


@dataclass
class Address:
    """An address in a file that is rewritten."""

    url: str
    asked: int = 0

    def __call__(self) -> str:
        self.asked += 1
        return self.url


def change_passwords(outage: Outage) -> Mapping[str, str]:
    """Restart the server with other passwords; return the new address of each user."""
    passwords = {user: f"changed-{user}" for user in USERS}
    outage.begin()
    (outage.folder / "passwords.json").write_text(json.dumps(passwords))
    outage.end()
    at = f"127.0.0.1:{outage.server.port}"
    return {user: f"nats://{user}:{password}@{at}" for user, password in passwords.items()}


@pytest.mark.usefixtures("refused_logins")
async def test_a_connection_uses_the_current_password_of_its_file(outage: Outage) -> None:
    address = Address(outage.server.url("web"))
    async with open_bus(address, name="test") as bus:
        await declare_streams(bus.jetstream)
        await bus.publish(SUBJECT, b"before", "before")
        with capture_logs() as logs:
            new = change_passwords(outage)
            asked = address.asked

            async def has_tried_again() -> bool:
                return address.asked > asked

            await until(has_tried_again)
            assert not bus.client.is_connected
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(bus.publish(SUBJECT, b"meanwhile", "meanwhile"))
                await asyncio.sleep(0)
                address.url = "nats://[half-written"
                asked = address.asked
                await until(has_tried_again)
                address.url = new["web"]
        await bus.check()
        assert (await bus.jetstream.stream_info("TURBO_STREAM")).state.messages == 2
    refusals = [entry for entry in logs if entry["event"] == "bus_login_refused"]
    assert [entry["reason"] for entry in refusals] == [
        "NATS refused the connection: are the user and the password right?"
    ]


async def test_a_service_that_starts_with_the_old_password_waits_for_the_new_one(
    outage: Outage,
) -> None:
    address = Address(outage.server.url("web"))
    new = change_passwords(outage)
    opened = asyncio.Event()

    async def open_and_leave() -> None:
        async with open_bus(address, name="test") as bus:
            await bus.check()
            opened.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(open_and_leave())

        async def has_tried() -> bool:
            return address.asked >= 2

        await until(has_tried)
        assert not opened.is_set()
        address.url = new["web"]
        await until(lambda: asyncio.sleep(0, opened.is_set()))
