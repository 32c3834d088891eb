"""Processes that are no part of Natter change its pages."""

from playwright.async_api import expect

from tests.e2e.chat_page import new_chat, open_chat
from tests.e2e.publishing import natter
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack


def hello_world(chat_id: int) -> str:
    target = f"chat-{chat_id}-message-list"
    return (
        f'<turbo-stream action="update" target="{target}">'
        "<template>Hello World</template></turbo-stream>"
    )


async def test_natter_publish_changes_every_page_of_the_chat_and_no_other(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id, other_id = await new_chat(local_stack), await new_chat(local_stack)
    chats = [await open_chat(pages, chat_id) for _ in range(2)]
    other = await open_chat(pages, other_id)
    published, said = await natter(local_stack, f"chat_{chat_id}", hello_world(chat_id))
    assert published == 0, said
    for chat in chats:
        await expect(chat.messages).to_have_text("Hello World")
    await expect(other.messages).to_be_empty()


async def test_natter_publish_refuses_what_is_no_turbo_stream(local_stack: LocalStack) -> None:
    chat_id = await new_chat(local_stack)
    status, said = await natter(local_stack, f"chat_{chat_id}", "<b>Hello World</b>")
    assert status == 2
    assert "outside a <turbo-stream> element" in said
