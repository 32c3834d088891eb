"""A person finds the old chats in a stack that was destroyed and restored, and goes on.

Who was signed in still is, and signs in with the same password.
"""

import asyncio
import time
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.compose.figures import Figures
from tests.compose.journey import journey, open_chat
from tests.compose.project import Project
from tests.support.members import sign_in


async def test_the_chats_are_back_and_go_on(
    stack: Project, browser: Browser, figures: Figures, tmp_path: Path
) -> None:
    async with stack.pages(browser) as pages:
        chat = await journey(pages, stack)
        before = await chat.list_html()
    saved = await asyncio.to_thread(stack.script, "backup.sh", str(tmp_path))
    await asyncio.to_thread(stack.down)
    assert stack.leftovers() == []
    begun = time.monotonic()
    await asyncio.to_thread(stack.script, "restore.sh", saved.splitlines()[-1])
    figures.note("restored from nothing", f"{time.monotonic() - begun:.1f} s")
    assert sign_in(stack.url).token != stack.session.token
    async with stack.pages(browser) as pages:
        chat = await open_chat(pages, stack, chat.chat_id)
        assert await chat.list_html() == before
        await chat.send("Show me some code")
        await expect(chat.answers).to_have_count(3)
        await chat.answer_ends()
        await journey(pages, stack)
