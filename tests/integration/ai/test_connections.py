"""Several endpoints by name: each job asks the one that it names, for the model that it names."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.shared.bus.connection import Bus
from tests.support.answers import shown, submit, take_result
from tests.support.provider import settings_for
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, running_script
from tests.support.servers import serving
from tests.support.stack import ai_settings

type Scripts = dict[str, ScriptedEndpoint]


def _saying(*names: str) -> Scripts:
    return {name: ScriptedEndpoint(Reply((chunk(f"I am {name}."), STOP, DONE))) for name in names}


@asynccontextmanager
async def _answering(nats: NatsServer, scripts: Scripts, default: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        connections = {
            name: settings_for(
                await stack.enter_async_context(running_script(script)),
                model=f"model-of-{name}",
                api_key=f"key-of-{name}",
            )
            for name, script in scripts.items()
        }
        settings = ai_settings(
            nats, "http://127.0.0.1:1/v1", connections=connections, default_connection=default
        )
        async with serving(create_app(settings)):
            yield


async def test_each_job_asks_the_connection_that_it_names(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    scripts = _saying("one", "two")
    async with _answering(nats_server, scripts, default="two"):
        for number, name in enumerate(("one", "two", None), start=1):
            await submit(web_bus, number, "Who are you?", connection=name)
            result = await take_result(web_bus)
            assert (result.message_id, result.text) == (number, f"I am {name or 'two'}.")
    assert [len(script.asked) for script in scripts.values()] == [1, 2]
    for name, script in scripts.items():
        assert script.asked[0].headers["authorization"] == f"Bearer key-of-{name}"
        assert script.asked[0].body["model"] == f"model-of-{name}"


async def test_a_connection_that_was_taken_out_is_told_as_that(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    scripts = _saying("one")
    async with _answering(nats_server, scripts, default="one"):
        await submit(web_bus, 7, "Who are you?", connection="gone", begun="I was ")
        result = await take_result(web_bus)
    page = await shown(web_bus, 7)
    assert (result.status, result.error, result.text) == ("failed", "connection_missing", "I was ")
    assert page.error is not None
    assert page.error.startswith("The connection that this chat uses is not set up any more.")
    assert scripts["one"].asked == []


async def test_the_model_that_a_job_names_is_asked_for(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    scripts = _saying("one")
    async with _answering(nats_server, scripts, default="one"):
        await submit(web_bus, 7, "Who are you?", model="another")
        await take_result(web_bus)
    assert scripts["one"].asked[0].body["model"] == "another"
