"""Reasoning of a model: kept apart from its answer, closed on the page, with its time."""

import pytest

from deploy.local.nats_server import NatsServer
from services.demo.answers import reasoning_about
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult, Stop
from services.shared.bus.subjects import stop_key_subject
from tests.integration.ai.workers import leave_half, working
from tests.support.answers import Page, normalized, shown, submit, take_result
from tests.support.elements import Element
from tests.support.endpoints import ModelServer
from tests.support.rendered import plain
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, running_script

THOUGHTS = ("I *think*, ", "therefore:\n\n1. I am\n", "2. I was\n")
AT_ONCE = {"flush_ms": 0, "flush_bytes": 1}


async def _answer(
    nats: NatsServer, bus: Bus, *parts: bytes, begun: str = "", **settings: object
) -> tuple[AnswerResult, Page]:
    script = ScriptedEndpoint(Reply((*parts, STOP, DONE)))
    async with running_script(script) as base_url:
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with working(nats, server, **(AT_ONCE | settings)):
            await submit(bus, 7, "Think.", begun=begun)
            result = await take_result(bus)
    return result, await shown(bus, 7)


def _details(page: Page) -> Element:
    return page.document.by_id["message_7_reasoning"]


def _summary(page: Page) -> str:
    return page.document.by_id["message_7_reasoning_summary"].text()


def _assert_shown(page: Page, result: AnswerResult) -> None:
    """Compare a page that saw it all with what one that opens now would show."""
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    details = _details(page)
    assert (details.tag, "open" in details.attributes) == ("details", False)
    body = page.document.by_id["message_7_reasoning_done"].inner_html()
    assert body == normalized(plain(result.reasoning, id_prefix="message_7_reasoning"))
    assert page.document.by_id["message_7_reasoning_tail"].inner_html() == ""
    assert _summary(page).startswith("Thought for ")
    assert (page.document.doubled, page.document.missing.total()) == (set(), 0)


async def test_reasoning_in_a_field_stands_above_the_answer(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    thoughts = [delta({"reasoning": thought}) for thought in THOUGHTS]
    result, page = await _answer(nats_server, web_bus, *thoughts, chunk("So *be* it."))
    assert (result.text, result.reasoning) == ("So *be* it.", "".join(THOUGHTS))
    assert result.reasoning_seconds is not None
    assert result.reasoning_seconds >= 0
    _assert_shown(page, result)


@pytest.mark.parametrize("command", ["/think", "/think-tags"])
async def test_reasoning_of_the_demo_endpoint_is_shown_either_way(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, command: str
) -> None:
    async with working(nats_server, demo):
        await submit(web_bus, 7, f"{command} a table")
        result = await take_result(web_bus)
    assert result.reasoning.strip() == reasoning_about("a table").strip()
    assert result.text == await demo.answer_whole("a table")
    _assert_shown(await shown(web_bus, 7), result)


@pytest.mark.parametrize("tag", ["</think>", "</think>\n\nThe answer.", "</think>The"])
async def test_a_lone_closing_tag_makes_reasoning_of_all_before_it(
    nats_server: NatsServer, web_bus: Bus, tag: str
) -> None:
    parts = (chunk("I think"), chunk(" so.\n"), chunk(tag))
    result, page = await _answer(nats_server, web_bus, *parts, chunk(" It is."))
    assert result.reasoning == "I think so.\n"
    assert result.text == f"{tag.removeprefix('</think>')} It is.".strip()
    assert result.reasoning_seconds is not None
    _assert_shown(page, result)


async def test_nothing_but_reasoning_is_an_empty_answer(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    parts = (chunk("I think so."), chunk("</think>"))
    result, page = await _answer(nats_server, web_bus, *parts)
    assert (result.status, result.text, result.reasoning) == ("complete", "", "I think so.")
    _assert_shown(page, result)
    assert "The answer is empty." in page.footer


async def test_the_begun_text_never_becomes_reasoning(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    parts = (chunk("How did"), chunk(" it go on?"), chunk("</think>"), chunk("and the *end*."))
    result, page = await _answer(nats_server, web_bus, *parts, begun="The *beginning*, ")
    assert (result.text, result.reasoning) == (
        "The *beginning*, and the *end*.",
        "How did it go on?",
    )
    _assert_shown(page, result)


@pytest.mark.parametrize(
    "parts",
    [
        [delta({"reasoning": "x" * 7}) for _ in range(5)],
        [chunk(text) for text in ("<think>", *["x" * 7] * 5, "</think>")],
        [chunk(text) for text in (*["x" * 7] * 5, "</think>", "")],
        [chunk("x" * 35 + "</think>")],
    ],
    ids=["field", "tags", "lone tag", "lone tag in one chunk"],
)
@pytest.mark.parametrize("most", [0, 20])
async def test_reasoning_is_cut_at_its_longest_and_the_answer_is_not(
    nats_server: NatsServer, web_bus: Bus, parts: list[bytes], most: int
) -> None:
    said = [chunk("The answer, "), chunk("all of it.")]
    result, page = await _answer(nats_server, web_bus, *parts, *said, reasoning_max_chars=most)
    assert (result.reasoning, result.text) == ("x" * most, "The answer, all of it.")
    assert result.status == "complete"
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    assert ("message_7_reasoning" in page.document.by_id) == bool(most)
    assert page.document.missing.total() == 0


async def test_the_longest_text_that_turns_out_to_be_reasoning_fits_the_bus(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    wide = "\N{EARTH GLOBE EUROPE-AFRICA}"
    thoughts = [chunk(wide * 9_999)] * 20
    said = [chunk(wide * 10_000)] * 25
    result, _ = await _answer(nats_server, web_bus, *thoughts, chunk("</think>"), *said)
    assert (len(result.reasoning), len(result.text)) == (50_000, 200_000)
    assert (result.status, result.finish_reason) == ("complete", "length")


async def test_reasoning_of_several_attempts_is_cut_at_its_longest(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a table")
    await submit(web_bus, 7, "a table")
    await leave_half(ai_bus, whole[:50], reasoning="x" * 20)
    async with working(nats_server, demo, reasoning_max_chars=20):
        result = await take_result(web_bus)
    assert (result.text, result.reasoning) == (whole, "x" * 20)


async def test_a_stopped_answer_ends_its_reasoning(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 7, "/think a table")
    await leave_half(ai_bus, "", reasoning="Half a tho")
    order = Stop(message_id=7, run=1).model_dump_json().encode()
    await web_bus.publish(stop_key_subject(7), order, "stop")
    async with working(nats_server, demo):
        result = await take_result(web_bus)
    assert (result.status, result.text, result.reasoning) == ("stopped", "", "Half a tho")
    _assert_shown(await shown(web_bus, 7), result)
    logged = await read_answer_log(web_bus, 7)
    assert logged is not None
    assert logged.reasoning == "Half a tho"
