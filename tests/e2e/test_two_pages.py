"""Two pages on one chat see the same, as it happens."""

import re
from unittest.mock import ANY

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.publishing import natter
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

WRITTEN = ".message__done, .message__tail"
DUPLICATE_IDS = """
() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id)
  return ids.filter((id, index) => ids.indexOf(id) !== index)
}
"""
FIRST = "/slow 100 Count to 30 & <b>stop</b>"
# What the page and its elements were called after every change: a name may not stay for long.
RECORD_NAMES = """
(ids) => {
  window.names = []
  const text = (id) => document.getElementById(id)?.textContent
  const look = () => window.names.push([document.title, ...ids.map(text)])
  const what = { childList: true, subtree: true, characterData: true }
  new MutationObserver(look).observe(document, what)
}
"""


async def test_an_answer_grows_on_both_pages_and_ends_as_a_fresh_page_shows_it(
    pages: Pages,
    local_stack: LocalStack,
) -> None:
    chat_id = await new_chat(local_stack)
    writer, reader = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    for chat in (writer, reader):
        await chat.record_growth()
    await writer.send("What can you show me?")
    for chat in (writer, reader):
        await expect(chat.question_texts).to_have_text(["What can you show me?"])
        await chat.answer_ends()
        assert len(await chat.growth()) >= 3, await chat.growth()
    fresh = await open_chat(pages, chat_id)
    shown = [await chat.list_html() for chat in (writer, reader, fresh)]
    assert shown[0] == shown[1] == shown[2]
    for chat in (writer, reader, fresh):
        assert await chat.page.evaluate(DUPLICATE_IDS) == []


async def test_every_kind_of_markdown_ends_alike_on_every_page(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    writer, reader = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    for question in ("/slow 400 Some code, please", "/slow 400 A table, please", "/slow 400 /help"):
        asked = await writer.answers.count()
        await writer.send(question)
        for chat in (writer, reader):
            await expect(chat.answers).to_have_count(asked + 1)
            await chat.answer_ends()
    fresh = await open_chat(pages, chat_id)
    shown = [await chat.list_html() for chat in (writer, reader, fresh)]
    assert shown[0] == shown[1] == shown[2]


async def test_people_who_write_at_once_see_the_same_order(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    chats = [await open_chat(pages, chat_id) for _ in range(2)]
    for number, chat in enumerate(chats):
        await chat.box.fill(f"Count to {number + 3}")
    for chat in chats:
        await chat.box.press("Enter")
    for chat in chats:
        await expect(chat.messages.locator("> * > [data-status=complete]")).to_have_count(4)
    first, second = [await chat.list_html() for chat in chats]
    assert first == second == await (await open_chat(pages, chat_id)).list_html()


async def test_a_message_that_comes_late_takes_its_place(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    late = (
        f'<turbo-stream action="append" target="chat-{chat.chat_id}-message-list"><template>'
        '<article id="message_0">Came late</article></template></turbo-stream>'
    )
    assert await natter(local_stack, f"chat_{chat.chat_id}", late) == (0, ANY)
    await expect(chat.messages.locator("> *")).to_have_text(
        ["Came late", re.compile("^YouCount to 3"), re.compile("^Assistant")]
    )


async def test_the_first_message_names_the_chat_on_every_page_until_the_model_does(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    writer, reader = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    await expect(reader.page.locator(f"#chat-{chat_id}-heading")).to_have_text("New chat")
    await expect(reader.page.locator(f"#chat-{chat_id}-title")).to_have_count(0)
    for chat in (writer, reader):
        await chat.page.evaluate(RECORD_NAMES, [f"chat-{chat_id}-title", f"chat-{chat_id}-heading"])
    await writer.send(FIRST)
    await writer.answer_ends()
    for chat in (writer, reader):
        await _is_called("Counting to 30", chat)
        names = await chat.page.evaluate("names")
        assert [f"{FIRST} · Natter", FIRST, FIRST] in names, names
    await writer.send("Count to 4")
    await expect(reader.answers).to_have_count(2)
    await reader.answer_ends()
    await _is_called("Counting to 30", reader)


async def test_a_page_opened_in_the_middle_of_an_answer_ends_like_the_others(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    writer = await open_chat(pages, chat_id)
    await writer.send("What can you show me?")
    await writer.answer_begins()
    late = await open_chat(pages, chat_id)
    unscripted = ChatPage(
        await pages.open(f"/chat/{chat_id}/message/list/", javascript=False), chat_id
    )
    assert (await unscripted.answers.locator(WRITTEN).all_inner_texts())[0].strip()
    for chat in (writer, late):
        await chat.answer_ends()
    await look_alike(writer, late)


async def _is_called(title: str, chat: ChatPage) -> None:
    await expect(chat.page.locator(f"#chat-{chat.chat_id}-title")).to_have_text(title)
    await expect(chat.page.locator(f"#chat-{chat.chat_id}-heading")).to_have_text(title)
    await expect(chat.page).to_have_title(f"{title} · Natter")
