"""What the eye takes for granted: edges that align, lines of one height, heads that stay."""

import re
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

WIDE: Final = (1280, 800)
MEDIUM: Final = (900, 800)
NARROW: Final = (390, 844)
ANSWER: Final = """\
The names `OPENAI_MODEL` and `Xx` stand in a line that is long enough to be followed by another one,
in which there is `OPENAI_GPQ` too, and then some more words to make it wrap on every screen.

Here is a line without.

```python
{lines}
```

| Name | What it is |
|---|---|
| one | first |
"""
LINES: Final = "\n".join(f"print({number})" for number in range(60))
# How far a letter's top and the pill's differ, and its bottom and the pill's: an H has no more.
AROUND_CAPITALS = """(code) => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d")
  brush.font = getComputedStyle(code).font
  const mark = document.createElement("span")
  mark.style.cssText = "display: inline-block; inline-size: 0; block-size: 0"
  code.prepend(mark)
  const baseline = mark.getBoundingClientRect().bottom
  mark.remove()
  const { top, bottom } = code.getBoundingClientRect()
  const height = brush.measureText("H").actualBoundingBoxAscent
  return [baseline - height - top, bottom - baseline]
}"""
# In lines of 26 pixels.
HEIGHT = "(paragraph) => paragraph.getBoundingClientRect().height / 26"
LETTERS = """(paragraph) => {
  const letter = paragraph.appendChild(document.createElement("i"))
  letter.style.cssText = "display: inline-block; inline-size: 1ch; font-style: normal"
  const { width } = letter.getBoundingClientRect()
  letter.remove()
  return paragraph.getBoundingClientRect().width / width
}"""
HEADED = """<article class="message message--assistant"><div class="message__done prose">
<pre data-language="python"><span class="code-head"><span class="code-head__language">python</span
><button type="button" class="copy">Copy</button></span><code>{lines}</code></pre>
</div></article>"""


async def _answered(pages: Pages, stack: LocalStack, viewport: tuple[int, int]) -> ChatPage:
    chat = await open_chat(pages, await new_chat(stack), viewport=viewport)
    await chat.send(f"/slow 5000 /echo {ANSWER.format(lines=LINES)}")
    await chat.answer_ends()
    return chat


async def _edges(part: Locator) -> tuple[float, float]:
    box = await part.bounding_box()
    assert box
    return round(box["x"], 1), round(box["x"] + box["width"], 1)


async def _is_beside(page: Page) -> bool:
    main = await page.locator(".main").bounding_box()
    assert main
    return main["x"] > 0


@pytest.mark.parametrize("viewport", [WIDE, MEDIUM])
async def test_title_text_and_message_box_share_an_edge(
    pages: Pages, local_stack: LocalStack, viewport: tuple[int, int]
) -> None:
    chat = await _answered(pages, local_stack, viewport)
    box = await _edges(chat.page.locator(".composer__box"))
    assert await _edges(chat.messages) == box
    assert (await _edges(chat.answer_texts.locator("> pre"))) == box
    assert (await _edges(chat.page.locator(".header__title")))[0] == box[0]
    assert (await _edges(chat.answer_texts.locator("> p").first))[0] == box[0]
    question = await _edges(chat.question_texts)
    assert question[1] == box[1]
    assert question[0] > box[0]


async def test_on_a_telephone_they_do_too(pages: Pages, local_stack: LocalStack) -> None:
    chat = await _answered(pages, local_stack, NARROW)
    box = await _edges(chat.page.locator(".composer__box"))
    assert box == pytest.approx((16, NARROW[0] - 16))
    assert await _edges(chat.messages) == box
    # The sign on the button that stands before the title.
    sign = await _edges(chat.page.locator(".header__menu .icon"))
    assert sign[0] == pytest.approx(box[0], abs=1)


async def test_code_within_a_line_stands_even_and_lets_the_line_be(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await _answered(pages, local_stack, WIDE)
    for code in await chat.answer_texts.locator("p > code").all():
        above, below = await code.evaluate(AROUND_CAPITALS)
        assert above == pytest.approx(below, abs=1)
    with_code, without = [
        await chat.answer_texts.locator("> p").nth(number).evaluate(HEIGHT) for number in range(2)
    ]
    assert without == pytest.approx(1)
    assert with_code == pytest.approx(round(with_code))


async def test_the_head_of_code_stays_in_sight(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    code = HEADED.format(lines=LINES)
    await chat.messages.evaluate("(it, html) => it.insertAdjacentHTML('beforeend', html)", code * 2)
    head, scroller = chat.page.locator(".code-head").first, chat.page.locator("#conversation")
    label, button = [
        await head.locator(part).evaluate(
            "(it) => { const range = document.createRange(); range.selectNodeContents(it);"
            " return range.getBoundingClientRect().bottom }"
        )
        for part in (".code-head__language", ".copy")
    ]
    assert label == pytest.approx(button, abs=0.5), "on one line"
    await scroller.evaluate("(it) => (it.scrollTop = 400)")
    top, edge = await head.bounding_box(), await scroller.bounding_box()
    assert top
    assert edge
    assert top["y"] == pytest.approx(edge["y"], abs=1)


async def test_the_measure_is_comfortable(pages: Pages, local_stack: LocalStack) -> None:
    chat = await _answered(pages, local_stack, WIDE)
    for choice, letters in (("normal", 68), ("wide", 90)):
        await chat.page.evaluate(
            "(width) => (document.documentElement.dataset.width = width)", choice
        )
        width = await chat.answer_texts.locator("> p").first.evaluate(LETTERS)
        assert width == pytest.approx(letters, abs=0.5)


@pytest.mark.parametrize("viewport", [WIDE, NARROW])
async def test_the_sidebar_runs_the_other_way_with_the_page(
    pages: Pages, local_stack: LocalStack, viewport: tuple[int, int]
) -> None:
    chat = await _answered(pages, local_stack, viewport)
    before = await _edges(chat.page.locator(".composer__box"))
    await chat.page.evaluate("document.documentElement.dir = 'rtl'")
    box = await _edges(chat.page.locator(".composer__box"))
    assert box == (viewport[0] - before[1], viewport[0] - before[0])
    assert await _edges(chat.messages) == box
    assert (await _edges(chat.question_texts))[0] == box[0]
    assert await chat.page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    if viewport == WIDE:
        assert (await _edges(chat.page.locator("#sidebar")))[1] == viewport[0]
        assert (await _edges(chat.page.locator(".header__title")))[1] == box[1]


async def test_the_sidebar_is_put_away_and_stays_away(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await pages.open(f"/chat/{await new_chat(local_stack)}/message/list/")
    sidebar, drawer = page.locator("#sidebar"), page.get_by_role("button", name="Chats")
    await expect(sidebar).to_be_visible()
    await expect(drawer).to_be_hidden()
    await page.get_by_role("button", name="Hide the sidebar").click()
    for _ in range(2):
        await expect(sidebar).to_be_hidden()
        assert not await _is_beside(page)
        await page.reload()
    await drawer.click()
    await expect(sidebar).to_be_visible()
    assert not await _is_beside(page), "as a drawer, over the page"
    await page.get_by_role("button", name="Keep the sidebar open").click()
    for _ in range(2):
        await expect(sidebar).to_be_visible()
        assert await _is_beside(page)
        await page.reload()


async def test_a_starting_point_fills_the_box_and_moves_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    for viewport in (WIDE, NARROW):
        chat = await open_chat(pages, await new_chat(local_stack), viewport=viewport)
        points = chat.page.get_by_role("list", name="Starting points").get_by_role("button")
        await expect(points).to_have_count(3)
        before = [await point.bounding_box() for point in await points.all()]
        for point in await points.all():
            await point.click()
            await expect(chat.box).to_be_focused()
            await expect(chat.box).to_have_value(re.compile(r".+:\s*$"))
            assert [await point.bounding_box() for point in await points.all()] == before
        await expect(chat.questions).to_have_count(0)
        await chat.page.reload()
        await expect(chat.box).to_have_value(re.compile(r"^Help me plan this"))


async def test_on_paper_there_is_the_conversation_and_nothing_else(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await _answered(pages, local_stack, WIDE)
    await chat.page.emulate_media(media="print", color_scheme="dark")
    for part in (".sidebar", ".composer", ".message__controls", ".notice", ".copy"):
        for one in await chat.page.locator(part).all():
            await expect(one).to_be_hidden()
    await expect(chat.page.locator(".header__title")).to_be_visible()
    await expect(chat.page.locator(".header__date")).to_have_text(re.compile(r" 20\d\d$"))
    await expect(chat.answers.get_by_text("Assistant", exact=True)).to_be_visible()
    model = chat.answers.locator(".message__footer").evaluate(
        "(it) => getComputedStyle(it, '::after').content"
    )
    assert await model == '"natter-demo"'
    await expect(chat.page.locator("body")).to_have_css("background-color", "oklch(1 0 0)")
    whole = await chat.answer_texts.bounding_box()
    assert whole
    assert whole["height"] > WIDE[1], "no part of it is left to be scrolled to"
    overflow = await chat.page.locator(".transcript__scroller").evaluate(
        "(it) => getComputedStyle(it).overflowY"
    )
    assert overflow == "visible"


async def test_where_the_system_has_its_own_colours_places_are_still_seen(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await _answered(pages, local_stack, WIDE)
    await chat.page.emulate_media(forced_colors="active")
    for part in (chat.question_texts, chat.page.locator(".composer__send").first):
        edge = await part.evaluate(
            "(it) => { const { outlineStyle, borderTopStyle } = getComputedStyle(it);"
            " return [outlineStyle, borderTopStyle] }"
        )
        assert "solid" in edge
