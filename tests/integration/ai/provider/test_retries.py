"""What is tried again and when, what is waited for and how long, and what is left at once."""

import asyncio

import pytest

from services.ai.provider.connections import open_connections
from services.ai.provider.errors import EndpointError
from services.ai.provider.settings import Timeouts
from services.shared.bus.messages import ErrorClass
from tests.support.provider import (
    KEY,
    MODEL,
    QUESTION,
    ask,
    ask_scripted,
    connected,
    connected_to,
    settings_for,
)
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    event,
    refusal,
    running_script,
)
from tests.support.waiting import DEADLINE_SECONDS, until

HELLO = Reply((chunk("Hello"), STOP, DONE))
SOON = {"retry_after": "0.01"}


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_what_may_pass_is_tried_twice_again(status: int) -> None:
    fault = refusal(status, {"error": {"message": "Busy."}}, **SOON)
    script = ScriptedEndpoint(fault, fault, HELLO)
    async with connected(script) as connection:
        assert (await ask(connection)).text == "Hello"
    script = ScriptedEndpoint(fault)
    async with connected(script) as connection:
        assert (await ask(connection)).text == ""
    assert len(script.asked) == 3


async def test_without_a_word_about_it_the_pause_is_short() -> None:
    script = ScriptedEndpoint(refusal(500, b""), HELLO)
    async with connected(script) as connection:
        assert (await ask(connection)).text == "Hello"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refusal(400, {"error": {"message": "m"}}), "refused"),
        (refusal(401, {"error": {"message": "m"}}, **SOON), "auth"),
        (refusal(404, {"error": {"message": "m"}}), "refused"),
        (refusal(404, {"detail": "Not Found"}), "not_found"),
        (refusal(429, {"error": {"code": "insufficient_quota"}}, **SOON), "quota"),
        (refusal(503, b"", x_should_retry="false", **SOON), "unavailable"),
        (refusal(500, {"error": "the input exceeds the context size"}, **SOON), "context_length"),
        (Reply((chunk("Hi"), event(b'{"error":{"code":429}}'))), "rate_limit"),
        (Reply((chunk("Hi"),), cuts=True), "cut_off"),
        (Reply((b": wait\n\n",), cuts=True), "cut_off"),
    ],
    ids=range(10),
)
async def test_nothing_else_is_and_nothing_once_the_answer_has_begun(
    reply: Reply, expected: ErrorClass
) -> None:
    script = ScriptedEndpoint(reply, HELLO)
    async with connected(script) as connection:
        got = await ask(connection)
    assert (got.fault.error_class, len(script.asked)) == (expected, 1)


@pytest.mark.parametrize(
    ("headers", "said", "seconds"),
    [
        ({"retry_after": "120"}, "", 120),
        ({"retry_after_ms": "33000"}, "", 33),
        ({}, "Please try again in 1m30s.", 90),
        ({"x_ratelimit_reset_requests": "6m0s"}, "", 360),
        ({"retry_after": "1e9"}, "", None),
        ({"retry_after": "999999"}, "", 86_400),
    ],
)
async def test_a_long_wait_is_left_to_the_reader(
    headers: dict[str, str], said: str, seconds: float | None
) -> None:
    body = {"error": {"message": said, "code": "insufficient_quota" if seconds is None else ""}}
    script = ScriptedEndpoint(refusal(429, body, **headers))
    async with connected(script) as connection:
        got = await ask(connection)
    error_class = "quota" if seconds is None else "rate_limit"
    assert (got.fault.error_class, got.fault.retry_after) == (error_class, seconds)
    assert len(script.asked) == 1


async def test_a_wait_is_told_when_the_tries_are_over() -> None:
    got = await ask_scripted(refusal(429, {"error": {"message": "m"}}, **SOON))
    assert got.fault.retry_after == 0.01


async def test_leaving_closes_the_connection_at_once() -> None:
    script = ScriptedEndpoint(Reply((chunk("Hello"),), stalls=True))
    async with connected(script) as connection:
        async with connection.answer(QUESTION) as pieces:
            assert (await anext(pieces)).text == "Hello"
            assert not script.left.is_set()
        await asyncio.wait_for(script.left.wait(), DEADLINE_SECONDS)


async def test_cancelling_closes_the_connection_at_once() -> None:
    script = ScriptedEndpoint(Reply((chunk("Hello"),), stalls=True))
    async with connected(script) as connection, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(ask(connection))

        async def is_asked() -> int:
            return len(script.asked)

        await until(is_asked)
        asking.cancel()
        await asyncio.wait_for(script.left.wait(), DEADLINE_SECONDS)


async def test_a_connection_is_used_again_after_a_whole_answer() -> None:
    script = ScriptedEndpoint(HELLO)
    ports: set[int] = set()
    application = script.application()

    async def watched(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] == "http":
            client = scope["client"]
            assert isinstance(client, list | tuple)
            ports.add(client[1])
        await application(scope, receive, send)  # type: ignore[arg-type] # ASGI, passed on

    script.application = lambda: watched  # type: ignore[method-assign, assignment, return-value] # in its place
    async with connected(script) as connection:
        for _ in range(3):
            assert (await ask(connection)).text == "Hello"
    assert len(ports) == 1


@pytest.mark.parametrize("begun", [b"", b": wait\n\n", chunk("Hi")])
async def test_silence_ends_in_a_timeout_that_is_not_tried_again(begun: bytes) -> None:
    script = ScriptedEndpoint(Reply((begun,), stalls=True))
    async with connected(script, Timeouts(idle=0.3)) as connection:
        got = await ask(connection)
    assert (got.fault.error_class, len(script.asked)) == ("timeout", 1)
    assert got.text == ("Hi" if begun == chunk("Hi") else "")


@pytest.mark.parametrize("sign", [b": alive\n\n", event(b'{"choices":[]}'), chunk("")])
async def test_signs_of_life_alone_are_not_borne_for_ever(sign: bytes) -> None:
    script = ScriptedEndpoint(Reply((chunk("Hi"),), repeats=sign))
    async with connected(script, Timeouts(silence=0.3)) as connection:
        got = await ask(connection)
    assert (got.text, got.fault.error_class) == ("Hi", "timeout")


@pytest.mark.parametrize(
    "reply",
    [
        Reply((b"data: ",), repeats=b"x" * 65_536),
        Reply((chunk("Hi"),), repeats=b": " + b"x" * 65_536 + b"\n\n"),
        Reply((chunk("Hi"),), repeats=b"data: 1\n" * 8192),
        Reply((b"<html>",), repeats=b"x" * 65_536),
    ],
    ids=range(4),
)
async def test_bytes_without_an_answer_in_them_are_not_read_for_ever(reply: Reply) -> None:
    got = await ask_scripted(reply)
    is_page = reply.parts == (b"<html>",)
    assert got.fault.error_class == ("not_found" if is_page else "bad_response")


async def test_of_an_endless_refusal_the_beginning_is_read() -> None:
    endless = Reply((b'{"error":',), 401, repeats=b"x" * 65_536)
    script = ScriptedEndpoint(endless)
    async with connected(script) as connection:
        assert (await ask(connection)).fault.error_class == "auth"
        await asyncio.wait_for(script.left.wait(), DEADLINE_SECONDS)


async def test_a_compressed_body_is_not_unfolded() -> None:
    got = await ask_scripted(Reply((b"\x1f\x8b\x08",), 400, {"content-encoding": "gzip"}))
    assert got.fault.error_class == "refused"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_gets_neither_key_nor_chat(status: int) -> None:
    elsewhere = ScriptedEndpoint()
    async with running_script(elsewhere) as other:
        moved = Reply(status=status, headers={"location": f"{other}/chat/completions"})
        async with connected(ScriptedEndpoint(moved, HELLO)) as connection:
            got = await ask(connection)
    assert (got.fault.error_class, got.fault.diagnosis) == ("not_found", "StrayRedirectError")
    assert (elsewhere.asked, elsewhere.fetched) == ([], [])


async def test_a_redirect_within_the_host_is_followed() -> None:
    moved = Reply(status=307, headers={"location": "/v1/elsewhere"})
    script = ScriptedEndpoint(moved, HELLO)
    async with connected(script) as connection:
        assert (await ask(connection)).text == "Hello"
    assert script.asked[1].path == "/v1/elsewhere"
    assert script.asked[1].headers["authorization"] == f"Bearer {KEY}"


async def test_nobody_there_is_unreachable() -> None:
    async with connected_to("http://127.0.0.1:1/v1") as connection:
        got = await ask(connection)
    assert (got.fault.error_class, got.fault.diagnosis) == ("unreachable", "ClientConnectorError")


async def test_connections_have_names_and_one_is_the_default() -> None:
    script = ScriptedEndpoint()
    async with running_script(script) as base_url:
        named = {
            "a": settings_for(base_url, model="model-a"),
            "b": settings_for(base_url, model="model-b"),
        }
        async with open_connections(named, default="b", timeouts=Timeouts()) as connections:
            for name in ("a", "b", None):
                await ask(connections.get(name))
            assert connections.names == ("a", "b")
            with pytest.raises(EndpointError) as raised:
                connections.get("c")
    assert [asked.body["model"] for asked in script.asked] == ["model-a", "model-b", "model-b"]
    assert (raised.value.error_class, MODEL) == ("connection_missing", MODEL)
