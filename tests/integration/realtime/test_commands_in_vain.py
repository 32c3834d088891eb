"""The `natter` commands where NATS does not answer or refuses them; in this process."""

import asyncio

import pytest

from deploy.local.nats_server import NatsServer
from services.realtime.cli import main, publish
from services.realtime.nats_reading import jetstream_reader
from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_streams
from tests.support.logs import restored_logging
from tests.support.sockets import element

__all__ = ["restored_logging"]

PUBLISH = ["publish", "chat_1", element("Hello")]
TAIL = ["tail", "chat_1"]


@pytest.mark.usefixtures("restored_logging")
async def test_where_nats_does_not_answer_or_refuses_each_command_says_so(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(publish, "PUBLISH_SECONDS", 0.2)
    monkeypatch.setattr(jetstream_reader, "ANSWER_SECONDS", 0.2)

    async def check(user: str, arguments: list[str], reason: str, password: str = "") -> None:
        url = f"nats://{user}:{password}@127.0.0.1:{nats_server.port}"
        monkeypatch.setenv("NATS_URL", url if password else nats_server.url(user))
        assert await asyncio.to_thread(main, arguments) == 1
        output, errors = capsys.readouterr()
        assert output == ""
        assert errors.startswith("natter: ")
        assert reason in errors
        assert not password or password not in errors

    await check("publisher", PUBLISH, "NATS")
    await check("operator", TAIL, "is it there")
    async with open_bus(nats_server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
    await check("publisher", TAIL, "`operator` may")
    await check("publisher", ["kick", "--user", "7"], "lets this user send nobody away")
    for command in (PUBLISH, TAIL):
        await check("operator", command, "are the user and the password right?", "nwrong-secret")
