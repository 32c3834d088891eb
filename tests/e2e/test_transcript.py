"""The transcript follows what is written while the reader is at its end, and only then."""

from playwright.async_api import Locator, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

SMALL = (900, 500)
# About eight seconds of answer, each line a block of its own.
ANSWER = "/slow 100 /echo " + "\n\n".join(f"Line {number} of it" for number in range(1, 201))
# Long enough for a reader to do something meanwhile, on a busy machine too.
LONGER = ANSWER.replace("/slow 100", "/slow 40")
NOTE = "/slow 5000 /echo See below[^1].\n\n" + "A paragraph.\n\n" * 60 + "[^1]: The note."
SELECTED = "document.getSelection().toString()"
ANSWER_TEXT = "document.querySelector('.message--assistant').textContent"
SELECT_FIRST_WORD = """() => {
  const text = document.createTreeWalker(
    document.querySelector(".message--assistant .prose:not(:empty)"), NodeFilter.SHOW_TEXT
  ).nextNode()
  document.getSelection().setBaseAndExtent(text, 0, text, 5)
}"""
TWO_FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
FROM_THE_END = "(it) => it.scrollHeight - it.clientHeight - it.scrollTop"


async def test_the_transcript_follows_a_growing_answer(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send(ANSWER)
    for height in (800, 1200, 1600):
        await _has_grown_to(chat, height)
        await _is_at_its_end(chat)
    await chat.answer_is("streaming")
    await expect(_jump(chat)).to_be_hidden()
    await chat.answer_ends()
    await _is_at_its_end(chat)


async def test_an_answer_that_ends_above_a_waiting_one_lets_nobody_go(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send("/slow 5000 /echo " + "A line\n\n" * 9)
    await chat.answer_ends()
    await chat.send("/echo Another")
    await chat.answer_ends()
    await _is_at_its_end(chat)
    # As the end of an answer does: the same message, rendered again.
    await chat.answers.first.evaluate("(it) => it.replaceWith(it.cloneNode(true))")
    await chat.page.evaluate(TWO_FRAMES)
    await _is_at_its_end(chat)
    await expect(_jump(chat)).to_be_hidden()


async def test_a_reader_who_scrolled_up_stays_there_until_the_button_leads_back(
    pages: Pages,
    local_stack: LocalStack,
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send(ANSWER)
    await _has_grown_to(chat, 800)
    await _scroller(chat).hover()
    await chat.page.mouse.wheel(0, -300)
    await expect(_jump(chat)).to_be_visible()
    await until(lambda: _is_further_from_the_end(chat, 150))
    height, top = await _height(chat), await _top(chat)
    await _has_grown_to(chat, height + 300)
    assert await _top(chat) == top
    await _jump(chat).click()
    await _is_at_its_end(chat)
    await expect(_jump(chat)).to_be_hidden()
    await _has_grown_to(chat, await _height(chat) + 200)
    await _is_at_its_end(chat)
    await chat.answer_is("streaming")


async def test_sending_leads_back_to_the_end(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send("/slow 5000 Something long")
    await chat.answer_ends()
    await _scroller(chat).hover()
    await chat.page.mouse.wheel(0, -2000)
    await expect(_jump(chat)).to_be_visible()
    await chat.send("Count to 3")
    await expect(chat.questions).to_have_count(2)
    await chat.answer_ends()
    await _is_at_its_end(chat)
    await expect(_jump(chat)).to_be_hidden()


async def test_who_leafs_to_a_longer_conversation_stays_at_the_message_that_leads_to_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    for number in (1, 2):
        await chat.send("/slow 5000 Something long")
        await expect(chat.answers).to_have_count(number)
        await chat.answer_ends()
    height, question = await _height(chat), chat.questions.last
    await question.get_by_role("link", name="Edit").click()
    await question.get_by_label("Your message").fill("Count to 3")
    await chat.page.keyboard.press("Enter")
    await expect(chat.answer_texts.last).to_contain_text("1, 2, 3.")
    await chat.answer_ends()
    await chat.act("Previous version", question=1)
    await _has_grown_to(chat, height)
    await expect(_jump(chat)).to_be_visible()
    await expect(question).to_be_in_viewport()


async def test_a_chat_opens_at_its_end(pages: Pages, local_stack: LocalStack) -> None:
    chat_id = await new_chat(local_stack)
    chat = await open_chat(pages, chat_id, viewport=SMALL)
    await chat.send("/slow 5000 Something long")
    await chat.answer_ends()
    await chat.send("Count to 3")
    again = await open_chat(pages, chat_id, viewport=SMALL)
    await _has_grown_to(again, 2000)
    await _is_at_its_end(again)
    assert await again.page.evaluate("document.scrollingElement.scrollHeight - innerHeight") == 0


async def test_what_is_selected_while_an_answer_grows_stays_selected_and_in_its_place(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send(LONGER)
    await _has_grown_to(chat, 800)
    await _is_at_its_end(chat)
    await chat.answer_texts.last.locator("> p").last.select_text()
    selected = await chat.page.evaluate(SELECTED)
    assert "of it" in selected
    await expect(_jump(chat)).to_be_visible()
    top = await _top(chat)
    await _has_grown_to(chat, await _height(chat) + 300)
    await chat.answer_is("streaming")
    assert (await chat.page.evaluate(SELECTED), await _top(chat)) == (selected, top)
    await expect(_news(chat)).not_to_have_attribute("hidden", "")


async def test_what_is_selected_in_an_open_paragraph_stays_selected(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send("/slow 100 /echo " + "words without an end " * 40 + "\n\nAnd an end.")
    await chat.answer_begins()
    await chat.is_true(f"{ANSWER_TEXT}.length > 60")
    await chat.page.evaluate(SELECT_FIRST_WORD)
    length = await chat.page.evaluate(f"{ANSWER_TEXT}.length")
    await chat.is_true(f"{ANSWER_TEXT}.length > {length + 100}")
    await chat.answer_is("streaming")
    assert await chat.page.evaluate(SELECTED) == "words"
    await chat.answer_ends()
    assert await chat.page.evaluate(SELECTED) == "words"


async def test_the_focus_stays_in_the_text_while_an_answer_grows(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send("/echo [a link](https://example.com)")
    await chat.answer_ends()
    link = chat.answers.first.get_by_role("link", name="a link")
    await chat.send(ANSWER)
    await chat.answer_begins()
    await link.focus()
    await _has_grown_to(chat, await _height(chat) + 300)
    await chat.answer_ends()
    await expect(link).to_be_focused()


async def test_by_choice_a_long_answer_stays_at_its_start(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.page.evaluate("document.body.dataset.follow = 'false'")
    await chat.send("/slow 5000 Something long")
    await chat.answer_ends()
    await expect(_jump(chat)).to_be_visible()
    start = chat.answer_texts.last.locator("> *").first
    await expect(start).to_be_in_viewport()
    top = await _top(chat)
    assert top > 0
    await _jump(chat).click()
    await _is_at_its_end(chat)


async def test_a_key_that_leads_up_lets_go(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    await chat.send(LONGER)
    await _has_grown_to(chat, 800)
    await _scroller(chat).focus()
    await chat.page.keyboard.press("PageUp")
    await expect(_jump(chat)).to_be_visible()
    await expect(_news(chat)).not_to_have_attribute("hidden", "")
    await _has_grown_to(chat, await _height(chat) + 200)
    assert await _is_further_from_the_end(chat, 200)
    await _jump(chat).click()
    await expect(_news(chat)).to_have_attribute("hidden", "")


async def test_a_link_within_an_answer_moves_the_transcript_and_not_the_page(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=SMALL)
    for number in (1, 2):
        await chat.send(NOTE)
        await expect(chat.answers).to_have_count(number)
        await chat.answer_ends()
    await chat.answers.first.get_by_role("link", name="1", exact=True).click()
    await expect(chat.answers.first.get_by_text("The note.")).to_be_in_viewport()
    await expect(chat.page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)


def _scroller(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("region", name="Conversation")


def _jump(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("button", name="Jump to newest")


def _news(chat: ChatPage) -> Locator:
    return chat.page.locator(".jump__dot")


async def _height(chat: ChatPage) -> float:
    return float(await _scroller(chat).evaluate("(it) => it.scrollHeight"))


async def _top(chat: ChatPage) -> float:
    return float(await _scroller(chat).evaluate("(it) => it.scrollTop"))


async def _has_grown_to(chat: ChatPage, height: float) -> None:
    async def is_high_enough() -> bool:
        return await _height(chat) >= height

    await until(is_high_enough)


async def _is_at_its_end(chat: ChatPage) -> None:
    async def is_at_its_end() -> bool:
        return abs(await _distance(chat)) <= 2

    await until(is_at_its_end)


async def _is_further_from_the_end(chat: ChatPage, distance: float) -> bool:
    return await _distance(chat) > distance


async def _distance(chat: ChatPage) -> float:
    return float(await _scroller(chat).evaluate(FROM_THE_END))
