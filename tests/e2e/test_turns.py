"""What is said while an answer is being written is answered in its turn."""

from playwright.async_api import expect

from tests.e2e.chat_page import look_alike, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

# Long enough for everything that happens while it is written, on a busy machine too.
SLOW = "/slow 30 /echo " + "one word more and " * 80
WAITS = "Waiting for its turn."


async def test_a_second_message_waits_for_the_answer_to_the_first(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    writer, reader = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    await writer.send(SLOW)
    await writer.answer_begins()
    await writer.send("Count to 3")
    await reader.answer_is("waiting", number=1)
    await reader.send("Count to 4")
    for chat in (writer, reader):
        for number in (1, 2):
            await chat.answer_is("waiting", number=number)
            await expect(chat.answers.nth(number)).to_contain_text(WAITS)
        await chat.answer_is("streaming", number=0)
    for chat in (writer, reader):
        await chat.answer_ends()
        await expect(chat.answer_texts).to_contain_text(["one word", "1, 2, 3.", "1, 2, 3, 4."])
        await expect(chat.messages).not_to_contain_text(WAITS)
    fresh = await open_chat(pages, chat_id)
    await look_alike(writer, reader, fresh)


async def test_an_answer_that_waits_is_stopped_without_having_begun(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(SLOW)
    await chat.answer_begins()
    await chat.send("Count to 3")
    await chat.answer_is("waiting")
    await chat.act("Stop")
    await chat.answer_is("stopped")
    await chat.answer_is("complete", number=0)
    await expect(chat.answer_texts.last).to_be_empty()
    await chat.act("Regenerate")
    await expect(chat.answers.last.locator(".message__version")).to_have_text("2/2")
    await chat.answer_ends()
    await expect(chat.answer_texts.last).to_contain_text("1, 2, 3.")


async def test_stopping_the_answer_that_is_written_gives_the_next_its_turn(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(SLOW)
    await chat.answer_begins()
    await chat.send("Count to 3")
    await chat.answer_is("waiting")
    await chat.stop()
    await chat.answer_is("stopped", number=0)
    await chat.answer_ends()
    await expect(chat.answer_texts.last).to_contain_text("1, 2, 3.")
