"""Everything can be done without JavaScript; only the liveness is missing."""

import re

import pytest
from playwright.async_api import Page, Response, expect

from tests.e2e.chat_page import ChatPage, chat_number
from tests.support.browser import Pages
from tests.support.waiting import until

WORDS = " ".join(f"word{number}" for number in range(150))


async def test_a_message_is_sent_and_its_answer_read_by_the_link_that_reloads(pages: Pages) -> None:
    chat = await _new_chat(pages)
    await chat.box.fill("Count to 5")
    async with chat.page.expect_response(_is_posted) as posted:
        await chat.page.get_by_role("button", name="Send").click()
    assert (await posted.value).status == 303
    await expect(chat.questions).to_contain_text(["Count to 5"])
    assert chat.page.url.endswith(f"/chat/{chat.chat_id}/message/list/")
    await until(lambda: _is_answered_once_reloaded(chat))
    await expect(chat.answers).to_contain_text(["1, 2, 3, 4, 5"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n ", "Write a message first."),
        ("wordy " * 5_334, "A message may have 32,000 characters; this one has 32,003."),
    ],
    ids=["empty", "over-long"],
)
async def test_a_refused_message_is_shown_again_with_what_is_wrong(
    pages: Pages, text: str, sentence: str
) -> None:
    pages.tolerate(r"status of 422")
    chat = await _new_chat(pages)
    await chat.box.fill(text)
    async with chat.page.expect_response(_is_posted) as posted:
        await chat.page.get_by_role("button", name="Send").click()
    assert (await posted.value).status == 422
    await expect(chat.error).to_have_text(sentence)
    await expect(chat.box).to_have_value(text)
    await expect(chat.box).to_have_attribute("aria-invalid", "true")
    await chat.page.get_by_role("link", name="Back to the conversation").click()
    await expect(chat.messages).to_be_empty()


async def test_chats_are_made_and_left_and_come_back_to(pages: Pages) -> None:
    first = await _new_chat(pages)
    page = first.page
    await first.box.fill("Count to 2")
    await page.get_by_role("button", name="Send").click()
    await expect(first.questions).to_have_count(1)
    second = await _started(page)
    assert second.chat_id != first.chat_id
    await expect(second.messages).to_be_empty()
    await page.locator(f"#chat-{first.chat_id}-title").click()
    await expect(page).to_have_url(re.compile(f"/chat/{first.chat_id}/message/list/$"))
    await expect(first.questions).to_contain_text(["Count to 2"])
    await expect(page.locator("[aria-current=page] .chat-link__title")).to_have_text(
        re.compile(r"^\s*Count(ing)? to 2\s*$")
    )
    await page.get_by_role("link", name="Natter", exact=True).click()
    await expect(page).to_have_url(re.compile(f"/chat/{second.chat_id}/message/list/$"))


async def test_an_answer_is_stopped_and_continued(pages: Pages) -> None:
    chat = await _asked(pages, f"/slow 20 /echo {WORDS}")
    await until(lambda: _has_words_once_reloaded(chat))
    await _press(chat, "Stop")
    await until(lambda: _is_once_reloaded(chat, "stopped"))
    written = await chat.answer_texts.inner_text()
    assert WORDS.startswith(written)
    await _press(chat, "Continue")
    await until(lambda: _is_answered_once_reloaded(chat))
    await expect(chat.answer_texts).to_have_text(WORDS)


async def test_an_answer_is_regenerated_and_its_versions_leafed_through(pages: Pages) -> None:
    chat = await _asked(pages, "Count to 5")
    await until(lambda: _is_answered_once_reloaded(chat))
    await _press(chat, "Regenerate")
    version = chat.answers.locator(".message__version")
    await expect(version).to_have_text("2/2")
    await _press(chat, "Previous version")
    await expect(version).to_have_text("1/2")
    await _press(chat, "Next version")
    await expect(version).to_have_text("2/2")


async def test_an_answer_that_failed_is_tried_again(pages: Pages) -> None:
    chat = await _asked(pages, "/error auth")
    await until(lambda: _is_once_reloaded(chat, "failed"))
    await _press(chat, "Retry")
    await until(lambda: _is_once_reloaded(chat, "failed"))
    await expect(chat.answers.get_by_role("button", name="Retry")).to_be_visible()


async def test_a_message_is_said_anew_on_a_page_of_its_own(pages: Pages) -> None:
    pages.tolerate(r"status of 422")
    chat = await _asked(pages, "Count to 5")
    await chat.page.get_by_role("link", name="Edit this message").click()
    await expect(chat.page).to_have_url(re.compile(r"/message/\d+/edit/$"))
    box = chat.page.get_by_label("Your message")
    await expect(box).to_have_value("Count to 5")
    await box.fill(" ")
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.page.get_by_role("alert")).to_have_text("Write a message first.")
    await box.fill("Count to 6")
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.question_texts).to_have_text(["Count to 6"])
    await until(lambda: _is_answered_once_reloaded(chat))
    await expect(chat.answer_texts).to_contain_text(["1, 2, 3, 4, 5, 6."])
    await expect(chat.questions.locator(".message__version")).to_have_text("2/2")


async def _asked(pages: Pages, text: str) -> ChatPage:
    chat = await _new_chat(pages)
    await chat.box.fill(text)
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.questions).to_have_count(1)
    return chat


async def _press(chat: ChatPage, what: str) -> None:
    async with chat.page.expect_response(_is_posted) as posted:
        await chat.act(what)
    assert (await posted.value).status == 303
    place = r"\?around=(\d+)#message_\1" if "version" in what else ""
    await expect(chat.page).to_have_url(re.compile(rf"/message/list/{place}$"))


async def _new_chat(pages: Pages) -> ChatPage:
    return await _started(await pages.open("/", javascript=False))


async def _started(page: Page) -> ChatPage:
    # A chat without a message is the next new one, so the address may stay the same.
    async with page.expect_navigation():
        await page.locator(".sidebar__new").get_by_role("button", name="New chat").click()
    return ChatPage(page, chat_number(page.url))


def _is_posted(answer: Response) -> bool:
    return answer.request.method == "POST"


async def _is_answered_once_reloaded(chat: ChatPage) -> bool:
    return await _is_once_reloaded(chat, "complete")


async def _is_once_reloaded(chat: ChatPage, status: str) -> bool:
    await chat.page.get_by_role("link", name="Reload this page").click()
    footer = chat.answers.last.locator("> .message__footer")
    return await footer.get_attribute("data-status") == status


async def _has_words_once_reloaded(chat: ChatPage) -> bool:
    await chat.page.get_by_role("link", name="Reload this page").click()
    parts = chat.answers.locator(".message__done, .message__tail")
    return bool("".join(await parts.all_inner_texts()).strip())
