"""What a reader does with the text of an answer: copy its code, look at its images."""

import re

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.e2e.refreshing import is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

CODE = "```python\nfor number in range(3):\n    print(number)\n```"
# Two pixels each way.
SQUARE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4"
    "z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=="
)
COPIED = "for number in range(3):\n    print(number)\n"


async def test_a_block_of_code_is_copied_as_it_was_written(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.send(f"/slow 5000 /echo {CODE}")
    await chat.answer_ends()
    await expect(chat.answers.locator("pre")).to_have_attribute("data-language", "python")
    for _ in range(2):
        button = chat.answers.get_by_role("button", name="Copy")
        await button.click()
        await expect(chat.answers.locator(".copy")).to_have_text("Copied")
        assert await chat.page.evaluate("navigator.clipboard.readText()") == COPIED
        await expect(chat.answers.locator(".copy")).to_have_text("Copy")
        # A morph takes away what no server renders.
        await is_refreshed(chat, local_stack)


async def test_code_gets_its_colours_and_keeps_its_button(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 5000 /echo {CODE}\n\nThe end.")
    await chat.answer_ends()

    async def is_coloured() -> bool:
        if await chat.answers.locator("pre .k").count():
            return True
        # A busy machine may have been too slow for them; a page that is opened asks again.
        await chat.page.reload()
        return False

    await until(is_coloured)
    await expect(chat.answers.locator("pre .k")).to_have_text("for")
    await expect(chat.answers.locator("pre .copy")).to_have_count(1)


async def test_an_image_of_another_site_is_loaded_when_it_is_asked_for(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    icon = await chat.page.locator("link[rel=icon]").evaluate("(link) => link.href")
    requests: list[str] = []
    chat.page.on("request", lambda request: requests.append(request.url))
    await chat.send(f"/slow 5000 /echo ![A speech balloon]({icon})")
    await chat.answer_ends()
    link, image = chat.answers.locator("a.remote-image"), chat.answers.locator("img")
    await expect(link).to_have_text("A speech balloon")
    await expect(image).to_have_count(0)
    assert icon not in requests
    await link.click()
    await expect(image).to_have_attribute("referrerpolicy", "no-referrer")
    await chat.is_true("document.querySelector('.prose img').complete")
    await expect(chat.answers.get_by_role("img", name="A speech balloon")).to_be_visible()
    await is_refreshed(chat, local_stack)
    await expect(image).to_be_visible()
    await link.click()
    await expect(image).to_have_count(0)
    await expect(link).to_have_text("A speech balloon")


async def test_an_image_that_cannot_be_loaded_is_a_link(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(r"status of 404")
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 5000 /echo ![Nothing]({local_stack.url}/static/build/nothing.png)")
    await chat.answer_ends()
    link = chat.answers.locator("a.remote-image")
    await link.click()
    await expect(link).to_have_attribute("data-image", "failed")
    await expect(link).to_have_text("Nothing")
    async with chat.page.context.expect_page() as opened:
        await link.click()
    await expect(await opened.value).to_have_url(re.compile(r"/static/build/nothing\.png$"))


async def test_a_link_opens_a_tab_of_its_own_that_cannot_reach_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    address = f"{local_stack.url}/chat/{chat.chat_id}/message/create/"
    await chat.send(f"/slow 5000 /echo [Elsewhere]({address}) and more[^1].\n\n[^1]: A note.")
    await chat.answer_ends()
    async with chat.page.context.expect_page() as opened:
        await chat.answers.get_by_role("link", name="Elsewhere").click()
    tab = await opened.value
    await expect(tab).to_have_url(address)
    assert await tab.evaluate("[window.opener, document.referrer]") == [None, ""]
    await chat.answers.locator(".footnote-reference a").click()
    await expect(chat.page).to_have_url(re.compile(r"#message_\d+_fn_1$"))
    await expect(chat.answers.locator(".footnote")).to_be_in_viewport()
    assert len(chat.page.context.pages) == 2


async def test_what_is_selected_and_copied_has_no_buttons_in_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.send(f"/slow 5000 /echo Before[^1].\n\n{CODE}\n\nAfter.\n\n[^1]: A note.")
    await chat.answer_ends()
    await expect(chat.answers.locator("pre .copy")).to_be_visible()
    code = [line for line in COPIED.split("\n") if line]
    first, last = chat.answer_texts.locator("> p").first, chat.answer_texts.locator("> p").last
    start, end = await first.bounding_box(), await last.bounding_box()
    assert start
    assert end
    await chat.page.mouse.move(start["x"] + 1, start["y"] + 5)
    await chat.page.mouse.down()
    await chat.page.mouse.move(end["x"] + end["width"] - 1, end["y"] + end["height"] - 2)
    await chat.page.mouse.up()
    assert await _copied(chat) == ["Before1.", *code, "After."]
    await chat.messages.evaluate("(list) => getSelection().selectAllChildren(list)")
    everything = await _copied(chat)
    assert everything[-6:] == ["Assistant", "Before1.", *code, "After.", "1A note."]
    assert not {"Copy", "Regenerate", "Edit", "↩"} & {line.strip() for line in everything}


async def test_an_image_in_the_text_is_shown_when_it_is_asked_for(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 5000 /echo ![A small square]({SQUARE})\n\nThe end.")
    await chat.answer_ends()
    link, image = chat.answers.locator("a.remote-image"), chat.answers.locator("img")
    for _ in range(2):
        await expect(link).to_have_text("A small square")
        await expect(image).to_have_count(0)
        await link.click()
        await expect(chat.answers.get_by_role("img", name="A small square")).to_be_visible()
        await chat.is_true("document.querySelector('.prose img').naturalWidth === 2")
        await is_refreshed(chat, local_stack)
        await expect(image).to_be_visible()
        await link.click()
        await expect(link).to_have_text("A small square")
        await chat.page.reload()


async def test_an_image_that_is_no_image_is_words(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 5000 /echo ![A sketch]({SQUARE.replace('png', 'webp')})")
    await chat.answer_ends()
    words = chat.answers.locator("a.remote-image")
    await expect(words).to_have_text("A sketch")
    await words.click()
    await expect(chat.answers.locator("img")).to_have_count(0)


async def _copied(chat: ChatPage) -> list[str]:
    """Press the keys that copy; the lines on the clipboard that have anything on them."""
    await chat.page.keyboard.press("ControlOrMeta+C")
    text = await chat.page.evaluate("navigator.clipboard.readText()")
    return [line for line in text.splitlines() if line.strip()]
