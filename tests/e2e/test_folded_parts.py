"""Parts of an answer that are folded away: a reader opens them, also while they are written."""

from playwright.async_api import expect

from tests.e2e.chat_page import look_alike, new_chat, open_chat
from tests.e2e.refreshing import is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

WORDS = " ".join(["word"] * 60)
ANSWER = f"""\
Water is H<sub>2</sub>O; press <kbd>Ctrl</kbd>.<br>And so on.

<details>
<summary>The *proof*</summary>

The first part.

- an item

{WORDS} at last

</details>

The end.
"""


async def test_a_part_that_is_opened_while_it_is_written_stays_open(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 20 /echo {ANSWER}")
    folded = chat.answer_texts.locator("> details")
    growing = chat.answers.locator(".message__tail > .continued")
    await expect(folded).to_have_count(1)
    await expect(growing).to_contain_text("word word")
    await expect(growing).to_be_hidden()
    await folded.locator("summary").click()
    await expect(growing).to_be_visible()
    await expect(folded.locator("> p").first).to_be_visible()
    await chat.answer_ends()
    await is_refreshed(chat, local_stack)
    await expect(folded).to_have_attribute("open", "")
    await expect(folded.locator("> p").last).to_have_text(f"{WORDS} at last")
    await expect(chat.answer_texts.locator("> p").last).to_have_text("The end.")
    await folded.evaluate("(details) => details.removeAttribute('open')")
    await look_alike(chat, await open_chat(pages, chat.chat_id))


async def test_tags_that_mean_what_they_say_are_elements(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 5000 /echo {ANSWER}")
    await chat.answer_ends()
    for _ in range(2):
        first = chat.answer_texts.locator("> p").first
        await expect(first.locator("sub")).to_have_text("2")
        await expect(first.locator("kbd")).to_have_text("Ctrl")
        await expect(first.locator("br")).to_have_count(1)
        await expect(chat.answer_texts.locator("summary em")).to_have_text("proof")
        await expect(chat.answer_texts.locator("details > p").first).to_be_hidden()
        await chat.page.reload()
