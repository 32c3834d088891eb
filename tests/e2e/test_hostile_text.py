"""What a person or a model writes is text, and never runs."""

from playwright.async_api import expect

from tests.e2e.chat_page import new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

# What each leaves to be read in the answer. Pages fails the test on a dialog or a CSP violation.
HOSTILE = {
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))": "x",
    "[x](java\tscript:alert(1))": "x",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "![x](https://example.org/x.png)": "x",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>": "<svg onload=alert(1)>",
    "</template></turbo-stream><script>alert(1)</script>": "</template></turbo-stream>",
    "<style>* { display: none }</style>": "<style>* { display: none }</style>",
    '```"><script>alert(1)</script>\nalert(1)\n```': "alert(1)",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>": "<iframe srcdoc=",
}
TEXTS = ".message__done, .message__tail, .reasoning"
LIVE = "img, script, style, svg, iframe, object, form, template, turbo-stream, [onerror], [onload]"


async def test_hostile_text_is_shown_and_does_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    chat = await open_chat(pages, chat_id)
    for number, hostile in enumerate(HOSTILE, 1):
        await chat.send(f"/echo {hostile}")
        await expect(chat.answers).to_have_count(number)
        await chat.answer_ends()
    for page in (chat, await open_chat(pages, chat_id)):
        await expect(page.answers).to_contain_text(list(HOSTILE.values()))
        await expect(page.questions.locator(".message__done")).to_have_text(
            [f"/echo {hostile}" for hostile in HOSTILE]
        )
        await expect(page.messages.locator(TEXTS).locator(LIVE)).to_have_count(0)
        for link in await page.messages.locator(TEXTS).locator("a").all():
            assert str(await link.get_attribute("href")).startswith("https://example.org/")


async def test_a_hostile_title_is_shown_and_does_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    # The model finds another title once it has answered.
    title = "/slow 0.1 <img src=x onerror=alert(1)></template>"
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(title)
    for _ in range(2):
        for place in ("title", "heading"):
            await expect(chat.page.locator(f"#chat-{chat.chat_id}-{place}")).to_have_text(title)
        await expect(chat.page.locator("img")).to_have_count(0)
        await chat.page.reload()
    await chat.stop()
    await chat.answer_is("stopped")
