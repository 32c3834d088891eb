"""Rendered markdown: the same as without keeping it, kept within bounds."""

import asyncio
import threading

import pytest

from services.shared.markdown import Splitter, is_heavy, render
from services.web import rendered_texts
from services.web.rendered_texts import RenderedTexts

TEXT = "# Hello\n\nThis is **it**."


async def test_a_text_is_rendered_as_ever_each_under_its_own_ids() -> None:
    texts = RenderedTexts()
    for prefix in ("message_1", "message_2", "message_1"):
        assert await texts.whole(prefix, TEXT) == render(TEXT, id_prefix=prefix)
    assert await texts.whole("message_1", "Other") == render("Other", id_prefix="message_1")


async def test_a_text_that_was_shown_is_not_rendered_again() -> None:
    texts = RenderedTexts()
    first = await texts.whole("message_1", TEXT)
    assert await texts.whole("message_1", TEXT) is first


async def test_what_is_kept_is_bounded_by_its_bytes() -> None:
    texts = RenderedTexts(kept_bytes=1000)
    first = await texts.whole("message_1", "x" * 50)
    long = await texts.whole("message_2", "y" * 1000)
    assert await texts.whole("message_1", "x" * 50) is first
    assert await texts.whole("message_2", "y" * 1000) is not long
    for number in range(3, 20):
        await texts.whole(f"message_{number}", "z" * 50)
    assert await texts.whole("message_1", "x" * 50) is not first


async def test_a_text_that_goes_on_is_shown_as_a_worker_has_it() -> None:
    splitter = Splitter("message_1", begun=TEXT)
    assert await RenderedTexts().begun("message_1", TEXT) == (splitter.done, splitter.tail)
    assert await RenderedTexts().begun("message_1", "") == ("", "")


async def test_a_long_text_is_rendered_off_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []

    def spying(text: str, *, id_prefix: str) -> object:
        threads.append(threading.get_ident())
        return render(text, id_prefix=id_prefix)

    monkeypatch.setattr(rendered_texts, "render", spying)
    long = "Some *text* and `code`.\n\n" * 4000
    assert is_heavy(long)
    await asyncio.gather(
        RenderedTexts().whole("message_1", long), RenderedTexts().whole("message_2", TEXT)
    )
    assert threads.count(threading.get_ident()) == 1
    assert len(threads) == 2
