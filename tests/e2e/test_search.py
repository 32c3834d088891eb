"""Searching in the dialog and on its page, with JavaScript and without."""

import re
from contextlib import suppress

from playwright.async_api import Error, Page, Route, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack


async def say(pages: Pages, stack: LocalStack, text: str) -> ChatPage:
    """Say something in a new chat, and wait for the answer."""
    chat = await open_chat(pages, await new_chat(stack))
    await chat.send(text)
    await chat.answer_ends()
    return chat


async def test_the_dialog_finds_while_one_types_and_leads_to_the_message(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await say(pages, local_stack, "/echo A zebra in the meadow")
    other = await open_chat(pages, await new_chat(local_stack))
    page = other.page
    await page.keyboard.press("Control+k")
    dialog = page.locator("#search-dialog")
    field = dialog.get_by_role("searchbox")
    await expect(field).to_be_focused()
    await expect(dialog.get_by_role("status")).to_have_text("Recent chats")
    await field.press_sequentially("zebr")
    await expect(dialog.locator("mark").first).to_have_text(re.compile("zebr", re.IGNORECASE))
    await expect(dialog.get_by_role("status")).to_have_text("3 results")
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    result = dialog.locator("a:focus")
    await expect(result).to_contain_text("zebra")
    await result.press("Enter")
    await expect(page).to_have_url(
        re.compile(rf"/chat/{chat.chat_id}/message/list/\?around=(\d+)#message_\1$")
    )
    await expect(page.locator("article:target")).to_contain_text("zebra")


async def test_escape_closes_the_dialog_and_gives_the_focus_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.box.focus()
    await chat.page.keyboard.press("Control+k")
    await expect(chat.page.locator("#search-dialog")).to_be_visible()
    await chat.page.keyboard.type("word")
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.locator("#search-dialog")).to_be_hidden()
    await expect(chat.box).to_be_focused()


async def test_where_the_dialog_takes_the_whole_page_a_button_closes_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=(390, 844))
    dialog = chat.page.locator("#search-dialog")
    await chat.page.keyboard.press("Control+k")
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_be_hidden()
    await chat.page.set_viewport_size({"width": 1280, "height": 800})
    await chat.page.keyboard.press("Control+k")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_role("button", name="Close")).to_be_hidden()


async def test_only_the_last_of_several_answers_is_shown(
    pages: Pages, local_stack: LocalStack
) -> None:
    """The first comes after the second, if at all."""
    await say(pages, local_stack, "/echo A giraffe")
    page = await pages.open("/search/")
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route(re.compile(r"q=first"), hold)
    field = page.get_by_role("searchbox")
    async with page.expect_request(re.compile(r"q=first")):
        await field.fill("first")
    await field.fill("giraffe")
    await expect(page.locator("mark").first).to_have_text(re.compile("giraffe", re.IGNORECASE))
    await expect(page).to_have_url(re.compile(r"/search/\?q=giraffe$"))
    (late,) = held
    with suppress(Error):  # the page has taken its request back
        await late.continue_()
    # By then it would have come.
    await page.evaluate("() => fetch('/search/?q=later')")
    await expect(page).to_have_url(re.compile(r"/search/\?q=giraffe$"))
    await expect(page.locator("mark").first).to_have_text(re.compile("giraffe", re.IGNORECASE))
    await page.reload()
    await expect(field).to_have_value("giraffe")
    await expect(page.locator("mark").first).to_have_text(re.compile("giraffe", re.IGNORECASE))


async def test_a_search_that_fails_says_so_and_can_be_tried_again(pages: Pages) -> None:
    pages.tolerate(r"ERR_FAILED|Failed to fetch")
    page = await pages.open("/search/")
    await page.route(re.compile(r"q=lost"), lambda route: route.abort())
    field = page.get_by_role("searchbox")
    await field.fill("lost")
    await expect(page.locator("#search-results").get_by_role("alert")).to_have_text(
        "The search did not answer. Please try again."
    )
    await page.unroute(re.compile(r"q=lost"))
    await field.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="No results")).to_be_visible()


async def test_who_asks_for_older_results_goes_on_with_the_first_of_them(pages: Pages) -> None:
    page = await pages.open("/search/")
    results = """<turbo-frame id="search-results">
      <p data-search-target="status">Results</p><a class="result__link" href="/chat/">{}</a>
      <a href="/search/?q=word&amp;before=9">Older results</a></turbo-frame>"""

    async def answer(route: Route) -> None:
        what = "Older" if "before=" in route.request.url else "Newer"
        await route.fulfill(content_type="text/html", body=results.format(what))

    await page.route(re.compile(r"/search/\?q="), answer)
    await page.get_by_role("searchbox").fill("word")
    await expect(page.get_by_role("link", name="Newer")).to_be_visible()
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.get_by_role("link", name="Older results").press("Enter")
    await expect(page.get_by_role("link", name="Older", exact=True)).to_be_focused()


async def test_without_javascript_the_page_searches(pages: Pages, local_stack: LocalStack) -> None:
    chat = await say(pages, local_stack, "/echo An elephant")
    page: Page = await pages.open("/search/", javascript=False)
    await page.get_by_role("searchbox").fill("elephant")
    await page.get_by_role("button", name="Search").click()
    await expect(page).to_have_url(re.compile(r"/search/\?q=elephant$"))
    await expect(page.get_by_role("searchbox")).to_have_value("elephant")
    await page.locator(".result__snippet").first.click()
    await expect(page).to_have_url(re.compile(rf"/chat/{chat.chat_id}/"))
