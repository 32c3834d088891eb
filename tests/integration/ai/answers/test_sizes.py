"""How long an answer may be and may take, how much of it is published, and what its images cost."""

from base64 import b64encode

from services.shared.bus.messages import AnswerResult
from tests.integration.ai.workers import Workers, fresh, until_active, until_longer
from tests.support.answers import Page, publications, submit
from tests.support.endpoints import ModelServer, running_demo
from tests.support.rendered import plain
from tests.support.scripted import STOP, RawEndpoint, chunk

LONGEST = 200_000
PARAGRAPH = "A paragraph of *some* words, `code` and [a link](http://127.0.0.1/), the {}th.\n\n"
PNG = b"\x89PNG\r\n\x1a\n"


async def test_an_answer_is_cut_at_its_limit_and_the_request_closed(workers: Workers) -> None:
    async with running_demo(tokens_per_second=2000) as demo:
        for number, limit in enumerate((1000, 1001), start=1):
            async with workers.working(demo, answer_max_chars=limit):
                result, page = await workers.answered("a long answer", message_id=number)
                await until_active(demo, 0)
            assert (result.status, result.finish_reason, result.error) == (
                "complete",
                "length",
                None,
            )
            assert len(result.text) == limit
            assert page.done == fresh(result.text, number)
        stats = await demo.stats()
    assert (stats["disconnected"], stats["finished"]) == (2, 0)


async def test_an_answer_of_several_workers_has_the_same_limit(
    workers: Workers, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a long answer")
    async with running_demo(tokens_per_second=60) as slow:
        await submit(workers.bus, 7, "a long answer")
        for number in (1, 2):
            async with workers.working(slow, answer_max_chars=1500):
                await until_longer(workers.bus, 300 * number)
        async with workers.working(slow, answer_max_chars=1500):
            result, page = await workers.ended()
            await until_active(slow, 0)
    assert (result.status, result.finish_reason) == ("complete", "length")
    assert (result.text, result.restarted) == (whole[:1500], False)
    assert page.done == fresh(result.text)
    assert "length limit" in page.footer


async def test_a_begun_text_that_is_over_the_limit_is_kept_and_does_not_grow(
    workers: Workers, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a long answer")
    async with workers.working(demo, answer_max_chars=1000):
        result, _ = await workers.answered("a long answer", begun=whole[:1200])
        await until_active(demo, 0)
    assert (result.text, result.finish_reason) == (whole[:1200], "length")


async def test_an_answer_that_takes_too_long_ends_with_what_there_is(workers: Workers) -> None:
    text = "word after word " * 100
    async with running_demo() as demo, workers.working(demo, answer_seconds=1.0):
        result, page = await workers.answered(f"/slow 50 /echo {text}")
        await until_active(demo, 0)
        assert (await demo.stats())["disconnected"] == 1
    assert (result.status, result.error) == ("failed", "timeout")
    assert result.text
    assert text.startswith(result.text)
    assert page.done == fresh(result.text)


async def test_the_longest_answer_arrives_whole(workers: Workers) -> None:
    text = "".join(PARAGRAPH.format(number) for number in range(LONGEST // len(PARAGRAPH) + 1))
    text = f"{text[: LONGEST - 1]}."
    result, page = await _answered(workers, text, 200)
    assert (result.status, len(result.text), result.text == text) == ("complete", LONGEST, True)
    assert (page.reloads, page.statuses) == (0, ["streaming", "complete"])
    assert page.done == fresh(text)


async def test_the_longest_answer_fits_into_a_result_in_any_characters(workers: Workers) -> None:
    for number, character in enumerate(('"', "\U0001f98a", "\x01", "\n"), start=1):
        text = character * 300_000
        result, page = await _answered(workers, text, 10_000, message_id=number)
        assert (result.status, result.finish_reason) == ("complete", "length")
        assert len(result.text) == LONGEST
        assert page.statuses[-1] == "complete" or page.reloads == 1


async def test_a_fast_answer_is_coalesced_into_far_fewer_updates(workers: Workers) -> None:
    async with running_demo(tokens_per_second=2000) as demo, workers.working(demo):
        result, page = await workers.answered("a long answer")
    updates = await publications(workers.bus)

    assert result.completion_tokens is not None
    assert result.completion_tokens > 2500
    assert 10 < len(updates) < result.completion_tokens / 10
    assert sum(map(len, updates)) < 20 * len(result.text)
    assert page.done == fresh(result.text)


async def test_what_is_too_large_for_the_bus_makes_pages_reload(workers: Workers) -> None:
    """Links: each is seven times as long in HTML."""
    links = "http://a.bc\n" * 15_000
    script = RawEndpoint(chunk(links), chunk("\nThe end.\n"), chunk(finish_reason="stop"))
    async with workers.following(script):
        result, page = await workers.answered("Everything at once")

    assert len(plain(links).encode()) > workers.bus.max_payload
    assert (result.status, result.text) == ("complete", f"{links}\nThe end.\n")
    assert (page.statuses, page.reloads) == (["streaming", "complete"], 1)


async def test_an_image_goes_to_the_pages_once(workers: Workers) -> None:
    text = f"Look:\n\n![a chart](data:image/png;base64,{_base64(130_000)})\n\nThere."
    result, page = await _answered(workers, text)
    assert (result.status, result.text == text, page.reloads) == ("complete", True, 0)
    assert page.done == fresh(text)
    assert sum(map(len, await publications(workers.bus))) < 1.1 * len(text)


async def test_the_largest_image_is_shown_where_answers_may_be_that_long(workers: Workers) -> None:
    text = f"![a chart](data:image/png;base64,{_base64(520_000)})\n\nThere."
    result, page = await _answered(workers, text, answer_max_chars=750_000)
    assert (result.status, result.text == text, page.reloads) == ("complete", True, 0)
    assert 'href="data:image/png;base64,' in page.done


async def test_an_image_that_is_larger_than_an_answer_is_shown_as_its_words(
    workers: Workers,
) -> None:
    text = f"Look:\n\n![a chart](data:image/png;base64,{_base64(300_000)})\n\nThere."
    result, page = await _answered(workers, text)
    assert (result.status, result.finish_reason) == ("complete", "length")
    assert len(result.text) == LONGEST
    assert page.done.endswith(">a chart</a></p>")
    assert len(page.done) < 300
    assert "length limit" in page.footer
    assert page.done == fresh(result.text)
    assert sum(map(len, await publications(workers.bus))) < 20_000


def _base64(size: int) -> str:
    return b64encode(PNG.ljust(size, b"x")).decode()


async def _answered(
    workers: Workers, text: str, piece: int = 2_000, *, message_id: int = 7, **settings: object
) -> tuple[AnswerResult, Page]:
    """Have a question answered with `text`, which comes in pieces of `piece` characters."""
    parts = [chunk(text[at : at + piece]) for at in range(0, len(text), piece)]
    async with workers.following(RawEndpoint(*parts, STOP), **settings):
        return await workers.answered("As long as it may be", message_id=message_id)
