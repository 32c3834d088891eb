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
TEX = r"\int_0^1 x^2 \, \mathrm{d}x = \frac{1}{3}"
FORMULAS = f"The area $a < b^2$ is\n\n$${TEX}$$\n\nand no more."
LONG_SUM = " + ".join(f"x_{{{number}}}" for number in range(60))
WIDE = f"""\
```text
{"a long line " * 40}
```

| {" | ".join(f"A column called {number}" for number in range(30))} |
|{"---|" * 30}
| {" | ".join(str(number) for number in range(30))} |

$${LONG_SUM}$$

The sum ${LONG_SUM}$ is long.

| a | b |
|---|---|
| 1 | 2 |
"""
SHORT_SUM = " + ".join(f"x_{{{number}}}" for number in range(10))
# Fits on a wide page, but not on a narrow one.
MIDDLE = f"""\
```
{"a line " * 9}
```

| {" | ".join(f"Wide_column_{number}" for number in range(4))} |
|{"---|" * 4}

$${SHORT_SUM}$$

- The sum ${SHORT_SUM}$ has ten parts.
"""
WIDE_PARTS = ".prose [tabindex='0'][role=group]"
WITHOUT_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


async def test_a_block_of_code_is_copied_as_it_was_written(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.send(f"/slow 5000 /echo {CODE}")
    await chat.answer_ends()
    await expect(chat.answers.locator(".code-head__language")).to_have_text("python")
    for _ in range(2):
        button = chat.answers.locator("pre .copy")
        await expect(button).to_have_text("Copy")
        await button.focus()
        await chat.page.keyboard.press("Enter")
        await expect(button).to_have_text("Copied")
        await expect(chat.page.locator("#announcements")).to_have_text(re.compile("Copied"))
        await expect(button).to_be_focused()
        assert await _clipboard(chat) == COPIED
        await expect(button).to_have_text("Copy")
        await is_refreshed(chat, local_stack)


async def test_code_is_copied_where_a_page_has_no_clipboard(
    pages: Pages, local_stack: LocalStack
) -> None:
    # As with plain HTTP on a LAN.
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.send(f"/slow 5000 /echo {CODE}")
    await chat.answer_ends()
    await chat.page.evaluate(WITHOUT_CLIPBOARD)
    button = chat.answers.locator("pre .copy")
    await button.focus()
    await chat.page.keyboard.press("Enter")
    await expect(button).to_have_text("Copied")
    await expect(button).to_be_focused()
    await chat.box.fill("")
    await chat.box.press("ControlOrMeta+V")
    await expect(chat.box).to_have_value(COPIED)


async def test_code_has_its_head_from_its_first_line_on_and_keeps_the_focus_at_its_end(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    lines = "\n".join(f"number = {number}" for number in range(40))
    await chat.send(f"/slow 40 /echo ```python\n{lines}\n```\n\nThe end.")
    button = chat.answer_texts.locator("pre .copy")
    await expect(chat.answer_texts.locator("pre > code > span").first).to_be_visible()
    await expect(chat.answer_texts.locator(".code-head__language")).to_have_text("python")
    await button.focus()
    await chat.answer_ends()
    await expect(chat.answer_texts.locator("pre > code")).to_have_text(lines)
    await expect(button).to_be_focused()


async def test_a_formula_is_copied_as_tex(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.send(f"/slow 5000 /echo {FORMULAS}")
    await chat.answer_ends()
    button = chat.answers.get_by_role("button", name="Copy TeX")
    await button.focus()
    await chat.page.keyboard.press("Enter")
    await expect(chat.answers.locator(".formula .copy")).to_have_text("Copied")
    assert await _clipboard(chat) == TEX
    await expect(chat.answers.locator(".formula .copy")).to_have_text("Copy TeX")


async def test_what_is_selected_and_copied_has_its_formulas_as_tex(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.send(f"/slow 5000 /echo {FORMULAS}\n\n{CODE}")
    await chat.answer_ends()
    await chat.answer_texts.evaluate("(text) => getSelection().selectAllChildren(text)")
    code = [line for line in COPIED.split("\n") if line]
    sentence = "The area $a < b^2$ is"
    assert await _copied(chat) == [sentence, f"$${TEX}$$", "and no more.", *code]
    html = await chat.page.evaluate(
        "navigator.clipboard.read().then(([all]) => all.getType('text/html'))"
        ".then((html) => html.text())"
    )
    assert "<math" in html
    assert "<button" not in html
    await chat.answer_texts.locator("math").first.evaluate(
        "(formula) => getSelection().selectAllChildren(formula.querySelector('mi'))"
    )
    assert await _copied(chat) == ["$a < b^2$"]
    await chat.answer_texts.locator("p").last.evaluate(
        "(text) => getSelection().selectAllChildren(text)"
    )
    assert await _copied(chat) == ["and no more."]


async def test_what_is_wider_than_its_place_is_scrolled_by_keyboard_while_it_is(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 5000 /echo {WIDE}")
    await chat.answer_ends()
    wide = chat.answers.locator(WIDE_PARTS)
    for _ in range(2):
        names = [await part.get_attribute("aria-label") for part in await wide.all()]
        assert names == ["Code", "Table", "Formula", "Formula"]
        for part in await wide.all():
            await part.focus()
            await chat.page.keyboard.press("ArrowRight")
            await expect(part).not_to_have_js_property("scrollLeft", 0)
        await is_refreshed(chat, local_stack)
    for scroller in (chat.messages, chat.answer_texts):
        assert await scroller.evaluate("(text) => (text.scrollLeft = 50, text.scrollLeft)") == 0


async def test_what_has_room_again_is_no_scroller_any_more(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=(390, 844))
    await chat.send(f"/slow 5000 /echo {MIDDLE}")
    await chat.answer_ends()
    wide = chat.answers.locator(WIDE_PARTS)
    for width, count in ((390, 4), (1280, 0), (390, 4)):
        await chat.page.set_viewport_size({"width": width, "height": 844})
        await expect(wide).to_have_count(count)
    await expect(chat.answers.locator("li > bdi.formula__scroller")).to_have_count(1)


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
    words = "Show image from 127.0.0.1: A speech balloon"
    await expect(link).to_have_text(words)
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
    await expect(link).to_have_text(words)


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
    await expect(link).to_have_text("Image from 127.0.0.1 not loaded: Nothing")
    await expect(chat.page.locator("#announcements")).to_have_text(re.compile("not be loaded"))
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
        await expect(link).to_have_text("Show image: A small square")
        await expect(image).to_have_count(0)
        await link.click()
        await expect(chat.answers.get_by_role("img", name="A small square")).to_be_visible()
        await chat.is_true("document.querySelector('.prose img').naturalWidth === 2")
        await is_refreshed(chat, local_stack)
        await expect(image).to_be_visible()
        await link.click()
        await expect(link).to_have_text("Show image: A small square")
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
    return [line for line in (await _clipboard(chat)).splitlines() if line.strip()]


async def _clipboard(chat: ChatPage) -> str:
    return str(await chat.page.evaluate("navigator.clipboard.readText()"))
