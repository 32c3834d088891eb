"""curl on a chat with a running answer prints it until it ends, whatever happens to it."""

import re
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types

from tests.e2e.chat_page import new_chat
from tests.support.curl import curl
from tests.support.http import http_client
from tests.support.local_stack import LocalStack, running

PARAGRAPHS = [f"Paragraph {number} of the answer." for number in range(30)]
QUESTION = f"/slow 20 /echo {'\n\n'.join(PARAGRAPHS)}"
TEXT = re.compile(r'<div id="message_\d+_done" class="message__done prose">(.*?)</div>', re.DOTALL)


async def test_an_answer_is_printed_as_it_comes_and_ends_where_it_is_stopped(
    local_stack: LocalStack,
) -> None:
    chat = await new_chat(local_stack)
    answer = await asked(local_stack, chat)
    path = f"/chat/{chat}/message/list/"
    async with curl(f"{local_stack.url}{path}") as reader:
        await reader.until(f"{PARAGRAPHS[1]}</p>")
        assert "</html>" not in reader.printed
        async with http_client(local_stack.url) as client:
            await client.post(f"/chat/{chat}/message/{answer}/stop/")
            page = await reader.to_end()
            fresh = await client.get(path)
    assert 'data-status="stopped"' in page
    assert PARAGRAPHS[-1] not in text_of(page)
    assert text_of(page) == text_of(fresh.text)
    assert page.rstrip().endswith("</html>")


async def test_another_worker_continues_what_is_printed(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path / ".natter")
    async with running(stack) as launcher:
        chat = await new_chat(stack)
        await asked(stack, chat)
        async with curl(f"{stack.url}/chat/{chat}/message/list/") as reader:
            await reader.until(f"{PARAGRAPHS[2]}</p>")
            psutil.Process(launcher.pid_of("ai")).send_signal(signal.SIGKILL)
            page = await reader.to_end()
    assert 'data-status="complete"' in page
    assert re.findall(r"<p [^>]*>(.*?)</p>", text_of(page)) == PARAGRAPHS


async def asked(stack: LocalStack, chat: int) -> int:
    """Send the question; return the number of its answer."""
    async with http_client(stack.url) as client:
        headers = {"accept": "text/vnd.turbo-stream.html, text/html"}
        sent = await client.post(
            f"/chat/{chat}/message/create/", data={"content": QUESTION}, headers=headers
        )
    return max(int(number) for number in re.findall(r'id="message_(\d+)"', sent.text))


def text_of(page: str) -> str:
    """Return the HTML of the answer, without the line ends that a terminal waits for."""
    found = TEXT.search(page)
    assert found, page
    return found[1].replace("\n", "")
