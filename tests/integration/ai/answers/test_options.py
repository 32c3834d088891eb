"""What a chat chooses: its model, its system prompt, and how the endpoint is asked."""

from typing import Any

from services.ai.provider.settings import ConnectionSettings
from services.ai.settings import SYSTEM_PROMPT
from services.shared.bus.messages import Turn
from tests.integration.ai.workers import Workers
from tests.support.answers import submit, take_result
from tests.support.endpoints import ModelServer
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    refusal,
    running_script,
)

ANSWER = Reply((chunk("Hello"), STOP, DONE))
OPTIONS: dict[str, Any] = {
    "system_prompt": "Be a pirate.",
    "temperature": 0.25,
    "top_p": 0.9,
    "max_tokens": 77,
}


async def test_the_endpoint_is_asked_with_the_options_of_the_chat(workers: Workers) -> None:
    script = ScriptedEndpoint(ANSWER)
    async with workers.following(script):
        await workers.answered("Hello?", **OPTIONS)
        await workers.answered("Hello?", message_id=8)
    body = script.asked[0].body
    assert body["messages"][0] == {"role": "system", "content": "Be a pirate."}
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.25, 0.9, 77)
    plain = script.asked[1].body
    assert plain["messages"][0] == {"role": "system", "content": SYSTEM_PROMPT}
    assert plain.keys().isdisjoint({"temperature", "top_p", "max_tokens"})


async def test_a_chat_chooses_its_connection_and_its_model(
    workers: Workers, demo: ModelServer
) -> None:
    script = ScriptedEndpoint(ANSWER)
    async with running_script(script) as url:
        local = ConnectionSettings(base_url=url, temperature=1.5, max_tokens=50)
        async with workers.working(demo, connections={"local": local}):
            result, _ = await workers.answered(
                "Hello?", connection="local", model="large", temperature=0.0, max_tokens=5000
            )
            other, _ = await workers.answered("/echo By the demo.", message_id=8)
    assert result.text == "Hello"
    assert other.text == "By the demo."
    (asked,) = script.asked
    # A chat may shorten the operator's longest answer, and not lengthen it.
    assert (asked.body["model"], asked.body["temperature"], asked.body["max_tokens"]) == (
        "large",
        0.0,
        50,
    )


async def test_a_value_that_is_refused_is_left_out_for_this_value_alone(workers: Workers) -> None:
    message = "Unsupported value: 'temperature' does not support 1.7 with this model."
    refused = refusal(400, {"error": {"message": message, "param": "temperature"}})
    script = ScriptedEndpoint(refused, ANSWER)
    async with workers.following(script):
        results = [
            (await workers.answered("Hello?", message_id=number, temperature=temperature))[0]
            for number, temperature in enumerate((1.7, 1.7, 0.5), start=7)
        ]
    assert [result.text for result in results] == ["Hello"] * 3
    asked = [request.body.get("temperature") for request in script.asked]
    assert asked == [1.7, None, None, 0.5]


async def test_a_long_system_prompt_counts_in_what_the_model_can_read(workers: Workers) -> None:
    script = ScriptedEndpoint(ANSWER)
    earlier = [
        Turn(role="user", content=f"Question {number} " + "word " * 40) for number in range(9)
    ]
    async with running_script(script) as url:
        local = ConnectionSettings(base_url=url, model="scripted", context_tokens=2000)
        server = ModelServer("demo", url.removesuffix("/v1"), "scripted")
        async with workers.working(server, connections={"local": local}):
            short, _ = await workers.answered("Now?", *earlier, connection="local")
            long, _ = await workers.answered(
                "Now?",
                *earlier,
                message_id=8,
                connection="local",
                system_prompt="word " * 800,
            )
    assert short.left_out == 0
    assert long.left_out > 0
    assert script.asked[1].body["messages"][-1]["content"] == "Now?"


async def test_an_answer_of_a_connection_that_is_gone_says_so(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        await submit(workers.bus, 7, "Hello?", connection="gone", model="large")
        result = await take_result(workers.bus)
    assert (result.status, result.error) == ("failed", "connection_missing")
