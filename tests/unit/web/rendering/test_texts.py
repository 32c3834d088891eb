"""Rendered markdown: the same as without keeping it, kept within bounds."""

import asyncio
import threading

import pytest

from services.shared.highlighting.highlighter import Highlighter
from services.shared.markdown import Rendering, Splitter, is_heavy, render
from services.web.rendering import texts as rendering_texts
from services.web.rendering.texts import RenderedTexts
from tests.support.highlighting import running_highlighter
from tests.support.rendered import coloured, colours_of, plain

TEXT = "# Hello\n\nThis is **it**."
CODE = "```py\nx = 1\n```\n\n> ```js\n> let y = 2\n> ```\n"


async def test_a_text_is_rendered_as_ever_each_under_its_own_ids() -> None:
    texts = RenderedTexts(Highlighter()).of_a_page()
    for prefix in ("message_1", "message_2", "message_1"):
        assert await texts.whole(prefix, TEXT) == plain(TEXT, id_prefix=prefix)
    assert await texts.whole("message_1", "Other") == plain("Other", id_prefix="message_1")


async def test_a_text_that_was_shown_is_not_rendered_again() -> None:
    texts = RenderedTexts(Highlighter())
    first = await texts.of_a_page().whole("message_1", TEXT)
    assert await texts.of_a_page().whole("message_1", TEXT) is first


async def test_code_has_its_colours_and_is_kept_with_them() -> None:
    async with running_highlighter() as highlighter:
        texts = RenderedTexts(highlighter)
        first = await texts.of_a_page().whole("message_1", CODE)
        assert first == coloured(CODE, id_prefix="message_1")
        assert await texts.of_a_page().whole("message_1", CODE) is first


async def test_code_whose_colours_come_too_late_is_plain_and_is_not_kept_so() -> None:
    texts = RenderedTexts(Highlighter(budget_seconds=0))
    first = await texts.of_a_page().whole("message_1", CODE)
    assert first == plain(CODE, id_prefix="message_1")
    assert await texts.of_a_page().whole("message_1", CODE) is not first


async def test_what_is_kept_is_bounded_by_its_bytes() -> None:
    texts = RenderedTexts(Highlighter(), kept_bytes=1000).of_a_page()
    first = await texts.whole("message_1", "x" * 50)
    long = await texts.whole("message_2", "y" * 1000)
    assert await texts.whole("message_1", "x" * 50) is first
    assert await texts.whole("message_2", "y" * 1000) is not long
    for number in range(3, 20):
        await texts.whole(f"message_{number}", "z" * 50)
    assert await texts.whole("message_1", "x" * 50) is not first


async def test_a_text_that_goes_on_is_shown_as_a_worker_has_it() -> None:
    splitter = Splitter("message_1", begun=CODE)
    splitter.colour(colours_of(splitter.take_codes()))
    async with running_highlighter() as highlighter:
        texts = RenderedTexts(highlighter).of_a_page()
        assert await texts.begun("message_1", CODE) == (splitter.done, splitter.open_end)
        assert await texts.begun("message_1", "") == ("", "")


async def test_a_long_text_is_rendered_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def spying(text: str, *, id_prefix: str) -> Rendering:
        threads.append(threading.get_ident())
        return render(text, id_prefix=id_prefix)

    monkeypatch.setattr(rendering_texts, "render", spying)
    long = "Some *text* and `code`.\n\n" * 4000
    assert is_heavy(long)
    texts = RenderedTexts(Highlighter()).of_a_page()
    await asyncio.gather(texts.whole("message_1", long), texts.whole("message_2", TEXT))
    assert threads.count(threading.get_ident()) == 1
    assert len(threads) == 2
