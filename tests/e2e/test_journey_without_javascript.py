"""The whole of Natter in a browser that runs no scripts, at the same addresses."""

import re

from playwright.async_api import Locator, Page, expect

from tests.e2e.chat_page import ChatPage, chat_number, new_chat
from tests.e2e.long_chats import long_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

WORD = "Quagga"
PARAGRAPHS = "\n\n".join(f"Paragraph {number} of the answer." for number in range(30))


async def test_an_answer_is_waited_for_by_a_link_and_read_as_it_comes(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await asked(pages, local_stack, f"/slow 60 /echo {PARAGRAPHS}")
    await chat.page.get_by_role("link", name="Wait for the answer").click()
    await expect(chat.page).to_have_url(re.compile(r"\?wait=1$"))
    await expect(chat.answer_texts.locator("> p").first).to_be_visible()
    await expect(chat.answers.locator("> footer")).to_have_count(0)
    await chat.answer_ends()
    await expect(chat.box).to_be_editable()
    assert await chat.page.get_by_role("link", name="Wait for the answer").count() == 0
    await expect(chat.page.get_by_role("link", name="Reload this page")).to_be_visible()
    await expect(chat.answers.last.locator("> footer")).to_be_in_viewport()


async def test_a_conversation_opens_at_its_newest_message(
    pages: Pages, local_stack: LocalStack
) -> None:
    number, _ = await long_chat(local_stack, 90)
    chat = await opened(pages, number)
    await expect(chat.answers.last).to_be_in_viewport()
    await expect(chat.question_texts).to_have_count(30)
    await chat.page.get_by_role("link", name="Older messages").click()
    await expect(chat.question_texts.first).to_contain_text("Number 1")
    await chat.page.get_by_role("link", name="Newer messages").click()
    await expect(chat.answer_texts.last).to_contain_text("Number 90")


async def test_a_chat_is_renamed_pinned_and_archived(pages: Pages, local_stack: LocalStack) -> None:
    chat = await asked(pages, local_stack, "Count to 2")
    page = chat.page
    await page.locator(".header__name").click()
    await page.get_by_label("Title").fill(f"All about {WORD}")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("h1")).to_have_text(f"All about {WORD}")
    await expect(page.locator(f"#chat-{chat.chat_id}-title")).to_have_text(f"All about {WORD}")
    pinned = page.locator(f"#chats-pinned-list #chat_{chat.chat_id}_row")
    await in_menu(page, "Pin")
    await expect(pinned).to_be_visible()
    await in_menu(page, "Unpin")
    await expect(pinned).to_have_count(0)
    await in_menu(page, "Archive")
    row = page.locator(f"#chat_{chat.chat_id}_row")
    await expect(row).to_have_count(0)
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("link", name="Archived chats").click()
    await page.get_by_role("link", name=f"All about {WORD}").first.click()
    await in_menu(page, "Unarchive")
    await expect(row).to_be_visible()


async def test_a_deleted_chat_comes_back(pages: Pages, local_stack: LocalStack) -> None:
    chat = await asked(pages, local_stack, "Count to 2")
    page, row = chat.page, chat.page.locator(f"#chat_{chat.chat_id}_row")
    await in_menu(page, "Delete")
    await expect(row).to_have_count(0)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(row).to_be_visible()
    await expect(chat.questions).to_contain_text(["Count to 2"])
    await in_menu(page, "Delete")
    await page.goto("/chat/deleted/")
    await page.get_by_role("button", name="Restore").first.click()
    await expect(row).to_be_visible()


async def test_what_was_said_is_found(pages: Pages, local_stack: LocalStack) -> None:
    chat = await asked(pages, local_stack, f"Who has seen the {WORD} of Nowhere?")
    page = chat.page
    await page.get_by_role("link", name="Search", exact=True).click()
    await page.get_by_label("Search all chats").fill(f"{WORD} of Now")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".result__snippet mark").first).to_be_visible()
    await page.locator(".result__link").first.click()
    await expect(chat.questions).to_contain_text([WORD])


async def test_a_chat_is_forked_from_a_message(pages: Pages, local_stack: LocalStack) -> None:
    chat = await asked(pages, local_stack, "Count to 2")
    await until(lambda: has_ended(chat))
    await chat.page.locator(".message--assistant .message__more").click()
    await chat.page.get_by_role("button", name="Fork from here").click()
    await expect(chat.page).to_have_url(re.compile(r"/message/list/"))
    forked = ChatPage(chat.page, chat_number(chat.page.url.partition("?")[0].partition("#")[0]))
    assert forked.chat_id != chat.chat_id
    await expect(forked.questions).to_contain_text(["Count to 2"])


async def test_a_chat_has_a_model_and_options(pages: Pages, local_stack: LocalStack) -> None:
    pages.tolerate("status of 422")
    chat = await opened(pages, await new_chat(local_stack))
    page = chat.page
    await expect(page.get_by_label("Model", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Options of this chat").click()
    await page.get_by_label("Temperature").fill("warm")
    await page.get_by_label("System prompt").fill("Be brief.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert").filter(has_text=re.compile(r"\S"))).to_be_visible()
    await expect(page.get_by_label("System prompt")).to_have_value("Be brief.")
    await page.get_by_label("Temperature").fill("0.5")
    await page.get_by_role("button", name="Save").click()
    await page.goto(f"/chat/{chat.chat_id}/model/")
    await expect(page.get_by_label("Temperature")).to_have_value("0.5")


async def test_settings_and_prompts_are_kept(pages: Pages) -> None:
    page = await pages.open("/settings/", javascript=False)
    theme = page.locator("#setting-theme")
    for value in ("dark", "system"):
        await theme.locator("select").select_option(value)
        await theme.get_by_role("button", name="Save").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", value)
    await page.get_by_role("link", name="Prompts").click()
    await page.get_by_label("Name").fill(WORD)
    await page.get_by_label("Text").fill("Explain it to a child.")
    await page.get_by_role("button", name=re.compile("^(Save|Add|Create)")).click()
    await expect(page.locator("main")).to_contain_text(WORD)


async def asked(pages: Pages, stack: LocalStack, question: str) -> ChatPage:
    """Send a question in a new chat."""
    chat = await opened(pages, await new_chat(stack))
    await chat.box.fill(question)
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.questions).to_have_count(1)
    return chat


async def opened(pages: Pages, number: int) -> ChatPage:
    """Open a chat's page."""
    page = await pages.open(f"/chat/{number}/message/list/", javascript=False)
    return ChatPage(page, number)


async def in_menu(page: Page, what: str) -> None:
    """Press a button of the chat's menu, which is a page."""
    await page.get_by_role("link", name="Chat menu").click()
    await expect(page).to_have_url(re.compile(r"/menu/$"))
    await button(page.locator("#menu-frame"), what).click()
    await expect(page).not_to_have_url(re.compile(r"/menu/$"))


def button(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


async def has_ended(chat: ChatPage) -> bool:
    await chat.page.get_by_role("link", name="Reload this page").click()
    footer = chat.answers.last.locator("> .message__footer")
    return await footer.get_attribute("data-status") == "complete"
