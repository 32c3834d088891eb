"""How reading an answer ends, and what of it is text, reasoning or cut off."""

import asyncio
import json
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from services.ai.answers import upstream as module
from services.ai.answers.coalescer import Coalescer
from services.ai.answers.outcome import Outcome
from services.ai.answers.upstream import Upstream
from services.ai.provider.ask import Ask
from services.ai.settings import AiSettings
from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.messages import Turn
from tests.support.provider import KEY, connected
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, event, refusal
from tests.support.waiting import DEADLINE_SECONDS, until

ASK = Ask(turns=(Turn(role="user", content="Hello"),))
SETTINGS = AiSettings(nats_url=SecretStr("nats://127.0.0.1"), openai_base_url="http://127.0.0.1/v1")


@dataclass(frozen=True, slots=True)
class Read:
    """The outcome and the batches of reading."""

    outcome: Outcome
    text: str
    reasoning: str
    seconds: float | None


async def _read(
    *parts: bytes,
    begun: int = 0,
    begun_reasoning: int = 0,
    reply: Reply | None = None,
    **set_: object,
) -> Read:
    coalescer = Coalescer(seconds=0, limit=1)
    async with connected(ScriptedEndpoint(reply or Reply(parts))) as connection:
        upstream = Upstream(
            connection,
            SETTINGS.model_copy(update=set_),
            coalescer,
            begun_length=begun,
            begun_reasoning=begun_reasoning,
        )
        await upstream.read(ASK)
    text, reasoning, seconds = "", "", None
    async for gathered in coalescer.batches():
        if gathered.recast:
            text, reasoning = "", reasoning + text
        text, reasoning = text + gathered.text, reasoning + gathered.reasoning
        if gathered.reasoning_seconds is not None:
            seconds = gathered.reasoning_seconds
    return Read(upstream.outcome, text, reasoning, seconds)


GATEWAY_LOST = b'data: {"error": {"code": 523, "message": "No origin"}}\n\n'


@pytest.mark.parametrize(
    ("parts", "error", "text"),
    [
        ((chunk("All."), STOP, DONE), None, "All."),
        ((chunk("All."), DONE), None, "All."),
        ((chunk("All."), b"data: [DONE]"), None, "All."),
        ((DONE,), None, ""),
        ((chunk("All."),), "cut_off", "All."),
        ((STOP, DONE), None, ""),
        ((), "bad_response", ""),
        ((chunk("All."), chunk(finish_reason="content_filter"), DONE), "content_filter", "All."),
        ((chunk("All."), b"data: <<\n\n"), "bad_response", "All."),
        ((chunk("All."), GATEWAY_LOST), "cut_off", "All."),
        ((GATEWAY_LOST,), "unreachable", ""),
    ],
)
async def test_an_answer_ends_by_its_reason_or_by_the_done_mark(
    parts: tuple[bytes, ...], error: ErrorClass | None, text: str
) -> None:
    read = await _read(*parts)
    assert (read.outcome.error, read.text) == (error, text)
    assert read.outcome.received == bool(text)
    assert not read.outcome.stopped


async def test_a_connection_that_is_lost_after_the_end_cut_nothing_off() -> None:
    for end in (STOP, DONE, DONE + DONE):
        read = await _read(reply=Reply((chunk("All."), end), cuts=True))
        assert (read.outcome.error, read.text) == (None, "All.")


def tool_call(**members: object) -> bytes:
    return delta({"tool_calls": [{"index": 0, "id": "1", "type": "function", **members}]})


ASKS = tool_call(function={"name": "search", "arguments": ""})
ARGUES = tool_call(function={"arguments": '{"q": "x"}'})
TOOLS = chunk(finish_reason="tool_calls")
LONG = "b" * 199
LEGACY = delta({"function_call": {"name": "search", "arguments": "{}"}})


@pytest.mark.parametrize(
    ("parts", "error", "tool"),
    [
        ((ASKS, ARGUES, TOOLS, DONE), "tool_asked", "search"),
        ((LEGACY, chunk(finish_reason="function_call"), DONE), "tool_asked", "search"),
        ((TOOLS, DONE), "tool_asked", ""),
        ((ASKS, STOP, DONE), "tool_asked", "search"),
        ((delta({"reasoning": "Hm."}), ASKS, TOOLS), "tool_asked", "search"),
        ((chunk("\n\n"), ASKS, TOOLS), "tool_asked", "search"),
        ((chunk("Let me see."), ASKS, TOOLS, DONE), None, "search"),
        ((chunk("Let me see.</think>"), ASKS, TOOLS, DONE), "tool_asked", "search"),
        ((ASKS, ARGUES), "cut_off", "search"),
        ((tool_call(function={"name": "\u202e" + "b" * 999}), TOOLS), "tool_asked", LONG),
        ((*(tool_call(function={"name": n}) for n in "abcba"), TOOLS), "tool_asked", "a, b, c"),
    ],
    ids=range(11),
)
async def test_an_answer_that_asks_for_a_tool_names_it(
    parts: tuple[bytes, ...], error: ErrorClass | None, tool: str | None
) -> None:
    outcome = (await _read(*parts)).outcome
    assert outcome.error == error
    assert outcome.details is not None
    assert outcome.details.tool == tool


async def test_a_begun_answer_that_asks_for_a_tool_is_kept() -> None:
    outcome = (await _read(ASKS, TOOLS, DONE, begun=4)).outcome
    assert outcome.error is None
    assert outcome.details is not None
    assert outcome.details.tool == "search"


async def test_a_whole_answer_has_no_details_of_its_endpoint() -> None:
    assert (await _read(chunk("All."), STOP, DONE)).outcome.details is None


async def test_the_names_that_an_endpoint_sends_are_masked() -> None:
    parts = (chunk("All.", finish_reason=f"stop {KEY}"), event(_named(f"sess-{KEY}")))
    outcome = (await _read(*parts)).outcome
    assert (outcome.model, outcome.finish_reason) == ("sess-***", "other")
    assert KEY not in repr(outcome)


def _named(model: str) -> bytes:
    return json.dumps({"model": model, "choices": [{"index": 0, "delta": {}}]}).encode()


async def test_a_connection_that_is_lost_within_an_answer_cut_it_off() -> None:
    read = await _read(reply=Reply((chunk("All."),), cuts=True))
    assert (read.outcome.error, read.text) == ("cut_off", "All.")


async def test_how_long_to_wait_is_a_moment_in_time() -> None:
    outcome = (await _read(reply=refusal(429, {"error": {}}, retry_after="3600"))).outcome
    assert outcome.error == "rate_limit"
    assert outcome.retry_at is not None
    assert outcome.retry_at.utcoffset() is not None


async def test_an_answer_that_is_cancelled_was_stopped() -> None:
    coalescer = Coalescer(seconds=0, limit=1)
    script = ScriptedEndpoint(Reply((chunk("Half of"),), stalls=True))
    async with connected(script) as connection:
        upstream = Upstream(connection, SETTINGS, coalescer, begun_length=0, begun_reasoning=0)
        reading = asyncio.gather(upstream.read(ASK))

        async def has_received() -> bool:
            return upstream.outcome.received

        await until(has_received)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.wait_for(script.left.wait(), DEADLINE_SECONDS)
    assert (upstream.outcome.stopped, upstream.outcome.error) == (True, None)
    assert "".join([each.text async for each in coalescer.batches()]) == "Half of"


@pytest.mark.parametrize("begun", [0, 4, 10, 12])
async def test_a_text_is_cut_at_its_longest_with_what_was_begun(begun: int) -> None:
    read = await _read(chunk("0123456"), chunk("789abcdef"), STOP, begun=begun, answer_max_chars=10)
    assert read.text == "0123456789"[: max(0, 10 - begun)]
    assert (read.outcome.finish_reason, read.outcome.error) == ("length", None)


@pytest.mark.parametrize("begun", [0, 4, 10, 12])
async def test_reasoning_is_cut_and_the_text_goes_on(begun: int) -> None:
    thoughts = [delta({"reasoning": text}) for text in ("0123456", "789abcdef", "more")]
    read = await _read(
        *thoughts, chunk("Text."), STOP, begun_reasoning=begun, reasoning_max_chars=10
    )
    assert (read.reasoning, read.text) == ("0123456789"[: max(0, 10 - begun)], "Text.")
    assert read.outcome.error is None


PNG = "data:image/png;base64,"


def drawn(size: int) -> bytes:
    """Write a chunk with an image whose Markdown has `size` characters."""
    url = PNG + "A" * (size - len(f"![image]({PNG})"))
    image = {"type": "image_url", "image_url": {"url": url}}
    return delta({"content": "", "images": [image]})


@pytest.mark.parametrize("begun", [0, 500])
async def test_an_image_has_a_paragraph_of_its_own(begun: int) -> None:
    before = "\n\n" if begun else ""
    parts = [drawn(100), drawn(100), chunk("\n\nAn image"), chunk("."), drawn(100), STOP]
    read = await _read(*parts, begun=begun)
    image = f"![image]({PNG}{'A' * 68})"
    assert read.text == f"{before}{image}\n\n{image}\n\nAn image.\n\n{image}"
    assert read.outcome.received


@pytest.mark.parametrize("begun", [0, 500])
async def test_an_image_without_room_is_described_in_words(begun: int) -> None:
    room = 1000 - begun - len("Look:\n\n")
    whole = await _read(chunk("Look:"), drawn(room), STOP, begun=begun, answer_max_chars=1000)
    assert (whole.text.count(PNG), len(whole.text) + begun) == (1, 1000)
    told = await _read(chunk("Look:"), drawn(room + 1), STOP, begun=begun, answer_max_chars=1000)
    assert told.text == "Look:\n\n*(An image of 0.1 MB was too large to be kept.)*"
    assert (told.outcome.finish_reason, told.outcome.error) == ("stop", None)
    large = await _read(drawn(800_000), chunk("There."), STOP)
    assert large.text == "*(An image of 0.6 MB was too large to be kept.)*\n\nThere."


@pytest.mark.parametrize(
    "parts",
    [
        [delta({"reasoning": "Hm."}), chunk("Text.")],
        [chunk("<think>Hm.</think>Text.")],
        [chunk("Hm."), chunk("</think>"), chunk("Text.")],
        [chunk("Hm.</think>Text.")],
        [delta({"reasoning": "Hm."})],
        [chunk("Hm."), chunk("</think>")],
    ],
)
async def test_the_thinking_time_is_measured_for_each_form_of_reasoning(parts: list[bytes]) -> None:
    read = await _read(*parts, STOP)
    assert read.reasoning == "Hm."
    assert read.text in ("Text.", "")
    assert read.seconds is not None
    assert read.seconds >= 0
    assert (await _read(chunk("Text."), STOP)).seconds is None


@pytest.mark.parametrize(
    "ends",
    [
        Reply((chunk("All"), STOP), cuts=True),
        Reply((chunk("All"), STOP), stalls=True),
        Reply((chunk("All", finish_reason="stop"),), repeats=b": wait\n\n"),
    ],
    ids=["cut off", "silent", "talking"],
)
async def test_what_follows_the_end_of_an_answer_is_not_waited_for(
    ends: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AFTERWORD_SECONDS", 0.1)
    read = await _read(reply=ends)
    assert (read.text, read.outcome.finish_reason, read.outcome.error) == ("All", "stop", None)
