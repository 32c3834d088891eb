"""Which faults are tried again, how long is waited for what, and how an answer is left."""

import asyncio

import pytest

from services.ai.provider.connections import open_connections
from services.ai.provider.errors import EndpointError
from services.ai.provider.settings import Timeouts
from services.shared.bus.answer_errors import ErrorClass
from tests.support.provider import KEY, QUESTION, ask, ask_scripted, connected, settings_for
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
from tests.support.waiting import DEADLINE_SECONDS

HELLO = Reply((chunk("Hello"), STOP, DONE))
SOON = {"retry_after": "0.01"}


async def test_faults_that_may_pass_are_tried_twice_again() -> None:
    for status in (408, 409, 429, 500, 502, 503, 504, 529):
        fault = refusal(status, {"error": {"message": "Busy."}}, **SOON)
        script = ScriptedEndpoint(fault, fault, HELLO, fault)
        async with connected(script) as connection:
            assert [(await ask(connection)).text for _ in range(2)] == ["Hello", ""], status
        assert len(script.asked) == 6, status


async def test_without_a_word_about_it_the_pause_is_short() -> None:
    script = ScriptedEndpoint(refusal(500, b""), HELLO)
    async with connected(script) as connection:
        assert (await ask(connection)).text == "Hello"


async def test_other_faults_are_not_tried_again_nor_any_within_an_answer() -> None:
    cases: list[tuple[Reply, ErrorClass]] = [
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
    ]
    for reply, expected in cases:
        script = ScriptedEndpoint(reply, HELLO)
        async with connected(script) as connection:
            got = await ask(connection)
        assert (got.error_class, len(script.asked)) == (expected, 1), reply


async def test_a_long_wait_is_left_to_the_reader() -> None:
    cases: list[tuple[dict[str, str], str, float | None]] = [
        ({"retry_after": "120"}, "", 120),
        ({"retry_after_ms": "33000"}, "", 33),
        ({}, "Please try again in 1m30s.", 90),
        ({"x_ratelimit_reset_requests": "6m0s"}, "", 360),
        ({"retry_after": "1e9"}, "", None),
        ({"retry_after": "999999"}, "", 86_400),
    ]
    for headers, said, seconds in cases:
        body = {"error": {"message": said, "code": "insufficient_quota" if seconds is None else ""}}
        script = ScriptedEndpoint(refusal(429, body, **headers))
        async with connected(script) as connection:
            got = await ask(connection)
        error_class = "quota" if seconds is None else "rate_limit"
        assert (got.error_class, got.fault.retry_after) == (error_class, seconds), headers
        assert len(script.asked) == 1


async def test_the_wait_is_in_the_error_after_the_last_try() -> None:
    got = await ask_scripted(refusal(429, {"error": {"message": "m"}}, **SOON))
    assert got.fault.retry_after == 0.01


async def test_leaving_closes_the_connection_at_once() -> None:
    script = ScriptedEndpoint(Reply((chunk("Hello"),), stalls=True))
    async with connected(script) as connection:
        async with connection.answer(QUESTION) as pieces:
            assert (await anext(pieces)).text == "Hello"
            assert not script.left.is_set()
        await asyncio.wait_for(script.left.wait(), DEADLINE_SECONDS)


async def test_silence_ends_in_a_timeout_that_is_not_tried_again() -> None:
    async def fall_silent(begun: bytes) -> tuple[str, ErrorClass | None, int]:
        script = ScriptedEndpoint(Reply((begun,), stalls=True))
        async with connected(script, Timeouts(idle=1.0)) as connection:
            got = await ask(connection)
        return got.text, got.error_class, len(script.asked)

    begun = (b"", b": wait\n\n", chunk("Hi"))
    ends = await asyncio.gather(*map(fall_silent, begun))
    assert ends == [("", "timeout", 1), ("", "timeout", 1), ("Hi", "timeout", 1)]


async def test_signs_of_life_without_text_end_in_a_timeout() -> None:
    for sign in (b": alive\n\n", event(b'{"choices":[]}'), chunk("")):
        script = ScriptedEndpoint(Reply((chunk("Hi"),), repeats=sign))
        async with connected(script, Timeouts(silence=0.1)) as connection:
            got = await ask(connection)
        assert (got.text, got.error_class) == ("Hi", "timeout"), sign


async def test_bytes_without_an_answer_in_them_are_not_read_for_ever() -> None:
    for reply in (
        Reply((b"data: ",), repeats=b"x" * 65_536),
        Reply((chunk("Hi"),), repeats=b": " + b"x" * 65_536 + b"\n\n"),
        Reply((chunk("Hi"),), repeats=b"data: 1\n" * 8192),
        Reply((b"<html>",), repeats=b"x" * 65_536),
    ):
        got = await ask_scripted(reply)
        is_page = reply.parts == (b"<html>",)
        assert got.error_class == ("not_found" if is_page else "bad_response"), reply.parts


async def test_the_beginning_of_an_endless_refusal_is_read() -> None:
    endless = Reply((b'{"error":',), 401, repeats=b"x" * 65_536)
    script = ScriptedEndpoint(endless)
    async with connected(script) as connection:
        assert (await ask(connection)).fault.error_class == "auth"
        await asyncio.wait_for(script.left.wait(), DEADLINE_SECONDS)


async def test_a_refusal_whose_coding_cannot_be_read_is_one() -> None:
    got = await ask_scripted(Reply((b"\x1f\x8b\x08",), 400, {"content-encoding": "gzip"}))
    assert got.fault.error_class == "refused"


async def test_a_redirect_to_another_host_gets_neither_key_nor_chat() -> None:
    elsewhere = ScriptedEndpoint()
    async with running_script(elsewhere) as other:
        for status in (301, 302, 303, 307, 308):
            moved = Reply(status=status, headers={"location": f"{other}/chat/completions"})
            got = await ask_scripted(moved)
            assert (got.error_class, got.fault.diagnosis) == ("not_found", "StrayRedirectError")
    assert (elsewhere.asked, elsewhere.fetched) == ([], [])


async def test_a_redirect_within_the_host_is_followed() -> None:
    moved = Reply(status=307, headers={"location": "/v1/elsewhere"})
    script = ScriptedEndpoint(moved, HELLO)
    async with connected(script) as connection:
        assert (await ask(connection)).text == "Hello"
    assert script.asked[1].path == "/v1/elsewhere"
    assert script.asked[1].headers["authorization"] == f"Bearer {KEY}"


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
    assert raised.value.error_class == "connection_missing"
