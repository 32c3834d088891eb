"""Arabic and Hebrew run from right to left, wherever a person reads or writes them."""

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.e2e.refreshing import is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

HEBREW = "שלום לכם מ-Natter."
SCREENS = {"wide": (1280, 800), "narrow": (390, 844)}
ANSWER = f"""\
{HEBREW}

An English sentence, with שלום in it.

- {HEBREW}
- English only.
  - {HEBREW}

> {HEBREW}
>
> An English sentence.

| מספר | שם |
|---|---|
| 1 | Natter |

```python
print("שלום")
```

`npm` {HEBREW}

$x$ {HEBREW}

<details>
<summary>{HEBREW}</summary>

{HEBREW}

</details>
"""
# Where the first and the last letter of an element stand, seen from its sides.
SIDES = """(element) => {
  const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode()
  const side = (at) => {
    const range = document.createRange()
    range.setStart(text, at)
    range.setEnd(text, at + 1)
    return range.getBoundingClientRect().x
  }
  return [side(0), side(text.length - 1)]
}"""


async def _runs_from(chat_part: Locator, side: str) -> None:
    await expect(chat_part).to_have_css("direction", "rtl" if side == "right" else "ltr")


async def _first_is_right_of_the_last(part: Locator) -> bool:
    first, last = await part.evaluate(SIDES)
    return bool(first > last)


async def _asked(pages: Pages, stack: LocalStack, screen: str) -> ChatPage:
    chat = await open_chat(pages, await new_chat(stack), viewport=SCREENS[screen])
    await chat.send(f"/slow 5000 /echo {ANSWER}")
    await chat.answer_ends()
    return chat


@pytest.mark.parametrize("screen", SCREENS)
async def test_each_block_of_an_answer_runs_as_its_letters_do(
    pages: Pages, local_stack: LocalStack, screen: str
) -> None:
    chat = await _asked(pages, local_stack, screen)
    for _ in range(2):
        answer = chat.answer_texts
        paragraphs = answer.locator("> p")
        for number, side in enumerate(("right", "left", "right", "right")):
            await _runs_from(paragraphs.nth(number), side)
        for name in ("ul", "blockquote", ".table-scroller", "details > summary", "details > p"):
            await _runs_from(answer.locator(f"> {name}"), "right")
        for name in ("pre", "p > code", "math"):
            await _runs_from(answer.locator(name), "left")
        await is_refreshed(chat, local_stack)
    assert await chat.page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0


async def test_lists_quotations_and_tables_mirror(pages: Pages, local_stack: LocalStack) -> None:
    chat = await _asked(pages, local_stack, "wide")
    answer = chat.answer_texts
    items = answer.locator("> ul > li")
    for item in await items.all():
        await expect(item).to_have_css("text-align", "right")
    assert await _first_is_right_of_the_last(items.first)
    assert not await _first_is_right_of_the_last(items.nth(1)), "an English item runs as English"
    assert await _first_is_right_of_the_last(answer.locator("blockquote p").first)
    assert not await _first_is_right_of_the_last(answer.locator("blockquote p").last)
    await expect(answer.locator("blockquote")).to_have_css("border-right-width", "3px")
    await expect(answer.locator("blockquote")).to_have_css("border-left-width", "0px")
    first, second = [await cell.bounding_box() for cell in await answer.locator("th").all()]
    assert first
    assert second
    assert first["x"] > second["x"]
    table, block = await answer.locator("table").bounding_box(), await answer.bounding_box()
    assert table
    assert block
    assert table["x"] + table["width"] > block["x"] + block["width"] - 20


async def test_a_list_that_goes_on_runs_as_it_began(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    words = "and more words " * 20
    await chat.send(f"/slow 40 /echo - {HEBREW}\n- English words\n- {words}")
    tail = chat.answers.locator(".message__tail > ul.continued")
    await expect(tail).to_contain_text("and more words")
    await expect(tail).to_have_css("direction", "rtl")
    await expect(tail.locator("li").last).to_have_css("text-align", "right")
    await chat.answer_ends()
    await expect(chat.answer_texts.locator("li").last).to_have_css("text-align", "right")


async def test_what_a_person_writes_runs_as_its_letters_do(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await expect(chat.box).to_have_css("direction", "ltr")
    await chat.box.fill(HEBREW)
    await expect(chat.box).to_have_css("direction", "rtl")
    await chat.page.reload()
    await expect(chat.box).to_have_value(HEBREW)
    await expect(chat.box).to_have_css("direction", "rtl")
    await chat.send(f"{HEBREW}\nEnglish.")
    await chat.answer_ends()
    question = chat.question_texts
    await expect(question).to_have_css("direction", "rtl")
    await expect(question).to_have_css("unicode-bidi", "plaintext")
    for title in ("title", "heading"):
        await expect(chat.page.locator(f"#chat-{chat.chat_id}-{title}")).to_have_attribute(
            "dir", "auto"
        )
    await chat.questions.get_by_role("link", name="Edit this message").click()
    await expect(chat.questions.get_by_role("textbox")).to_have_css("direction", "rtl")
