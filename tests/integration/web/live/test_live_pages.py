"""A page that is read as its answer grows: by curl, and by a link for browsers without scripts."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from services.web.live.seats import MOST
from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import TURBO, list_path, text_of_message
from tests.support.curl import Curl, curl
from tests.support.http import BROWSER
from tests.support.waiting import until

TEXT = """\
First *words*.

- one
- two

| a | b |
|---|---|
| 1 | 2 |

```py
x = 1
```

Last."""
ENDED = "</html>"
BEGUN_AGAIN = "The answer was begun again:"
PAGE_BREAK = "This page ends here, before the answer does."


@asynccontextmanager
async def reading(natter: Natter, chat: int, *arguments: str) -> AsyncIterator[Curl]:
    """Have curl read the page, up to the message before the answer."""
    async with curl(*arguments, f"http://{natter.web.address}{list_path(chat)}") as reader:
        await reader.until('message--user"')
        yield reader


async def has_room(natter: Natter, chat: int) -> bool:
    """Whether one more page of the account would stream."""
    anything = {"accept": "*/*"}
    async with natter.web.client.stream("GET", list_path(chat), headers=anything) as response:
        return "x-accel-buffering" in response.headers


def compact(html: str) -> str:
    """Take the line ends away that a page has for terminals."""
    return html.replace("\n", "")


def text_of(html: str, message: int) -> str:
    return compact(text_of_message(html, message))


async def test_curl_prints_an_answer_block_by_block_and_then_the_rest_of_the_page(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "Why?")
    async with reading(natter, chat) as reader:
        assert "message--assistant" not in reader.printed
        await natter.write_log(answer, logged("First *words*.\n\nAnd mo"))
        first = await reader.until("<em>words</em>.</p>\n")
        assert "And mo" not in first
        assert first.count("<article") == 2
        await natter.write_log(answer, logged("re.\n\n- one\n- t", offset=22))
        await reader.until("And more.</p>")
        assert "t</li>" not in reader.printed
        assert "composer" not in reader.printed.partition("<article")[2]
        whole = "First *words*.\n\nAnd more.\n\n- one\n- two\n"
        await natter.end(answer, text=whole)
        page = await reader.to_end()
    assert page.rstrip().endswith(ENDED)
    fresh = await natter.page(chat)
    assert text_of(page, answer) == text_of(fresh, answer)
    assert 'data-status="complete"' in page
    assert "message-create-form" in page
    assert "Wait for the answer" not in page


async def test_the_text_is_that_of_the_page_however_it_came(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    async with reading(natter, chat) as reader:
        for offset, character in enumerate(TEXT):
            await natter.write_log(answer, logged(character, offset=offset))
        await reader.until('<tr id="message_')
        await natter.end(answer, text=TEXT)
        page = await reader.to_end()
    colours = re.compile(r'</?span(?: class="[a-z]+")?>')
    expected = text_of(await natter.page(chat), answer)
    assert colours.sub("", text_of(page, answer)) == colours.sub("", expected)


async def test_what_the_model_thought_comes_before_its_first_word(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    async with reading(natter, chat) as reader:
        await natter.write_log(answer, logged("", reasoning="Hm *so*."))
        await natter.write_log(
            answer, logged("Yes.\n\nNo", reasoning_offset=8, reasoning_seconds=3.0)
        )
        page = await reader.until("Yes.</p>")
        assert "Thought for 3 s" in page
        assert "Hm <em>so</em>." in page
        await natter.end(answer, text="Yes.\n\nNo.", reasoning="Hm *so*.", reasoning_seconds=3.0)
        assert compact(await reader.to_end()).count("Hm <em>so</em>.") == 1


@pytest.mark.parametrize("text", ["", "As far as *this*."])
@pytest.mark.parametrize("status", ["stopped", "failed"])
async def test_a_page_ends_with_an_answer_that_does_not(
    natter: Natter, status: str, text: str
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    error = {"error": "timeout"} if status == "failed" else {}
    async with reading(natter, chat) as reader:
        if text:
            await natter.write_log(answer, logged(f"{text}\n\n"))
            await reader.until("<em>this</em>")
        await natter.end(answer, status=status, text=text, **error)
        page = await reader.to_end()
    assert f'data-status="{status}"' in page
    assert text_of(page, answer) == text_of(await natter.page(chat), answer)


async def test_an_answer_that_waits_for_its_turn_is_waited_for(natter: Natter) -> None:
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One?")
    second = await natter.ask(chat, "Two?")
    async with reading(natter, chat) as reader:
        await natter.end(first, text="The first.")
        page = await reader.until("Two?")
        assert page.index("The first.") < page.index("Two?")
        await natter.write_log(second, logged("The second.\n\n", job=2))
        await reader.until("The second.")
        await natter.end(second, text="The second.")
        page = await reader.to_end()
    numbers = re.findall(r'<article id="message_(\d+)"', page)
    assert numbers == [str(number) for number in await natter.shown(chat)]
    assert len(numbers) == 4


async def test_a_worker_that_takes_over_continues_and_repeats_nothing(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    async with reading(natter, chat) as reader:
        await natter.write_log(answer, logged("One.\n\nTwo"))
        await reader.until("One.</p>")
        await natter.write_log(answer, logged("One.\n\nTwo", whole=True, job=2))
        await natter.write_log(answer, logged(" and.\n\nThree", offset=9, job=2))
        await reader.until("Two and.</p>")
        await natter.end(answer, text="One.\n\nTwo and.\n\nThree")
        page = await reader.to_end()
    assert BEGUN_AGAIN not in page
    assert page.count("One.</p>") == 1


async def test_a_text_that_begins_again_follows_what_was_sent(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    async with reading(natter, chat) as reader:
        await natter.write_log(answer, logged("| a |\n|---|\n| 1 |\n| 2 "))
        await reader.until("<td>1</td>")
        await natter.write_log(answer, logged("Another.\n\n", whole=True, job=2, restarted=True))
        await reader.until("Another.</p>")
        await natter.end(answer, text="Another.\n\nEnd.", restarted=True)
        page = await reader.to_end()
    _, _, after = page.partition(BEGUN_AGAIN)
    assert "<td>1</td>" in page
    assert "</table></div>" in compact(page)
    assert 'Another.</p><p id="message_' in compact(after)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


async def test_a_definition_that_comes_late_brings_the_whole_text_again(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    text = "See [this].\n\nMore.\n\n[this]: https://example.org/\n"
    async with reading(natter, chat) as reader:
        await natter.write_log(answer, logged(text[:20]))
        await reader.until("See [this].</p>")
        await natter.end(answer, text=text)
        page = await reader.to_end()
    assert 'href="https://example.org/"' in page.partition(BEGUN_AGAIN)[2]


async def test_who_names_html_or_finds_nothing_to_wait_for_gets_the_page_at_once(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    path, web = list_path(chat), natter.web.client
    anything = {"accept": "*/*"}
    assert "x-accel-buffering" not in (await web.get(path, headers=anything)).headers
    answer = await natter.ask(chat)
    for headers in (TURBO, BROWSER):
        assert "content-length" in (await web.get(path, headers=headers)).headers
    page = await natter.page(chat)
    assert f'href="{path}?wait=1">Wait for the answer</a>' in page
    fetched = await web.get(f"{path}?wait=1", headers={**BROWSER, "sec-fetch-dest": "empty"})
    assert "x-accel-buffering" not in fetched.headers
    await natter.end(answer)
    assert "Wait for the answer" not in await natter.page(chat)
    for headers in (anything, BROWSER):
        ended = await web.get(f"{path}?wait=1", headers=headers)
        assert "x-accel-buffering" not in ended.headers


async def test_a_browser_waits_by_the_link(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    headers = {**BROWSER, "sec-fetch-dest": "document"}
    path = f"{list_path(chat)}?wait=1"
    async with natter.web.client.stream("GET", path, headers=headers) as response:
        await natter.end(answer, text="It is *so*.")
        page = "".join([part async for part in response.aiter_text()])
    assert "It is <em>so</em>." in page


async def test_the_head_tells_proxies_to_pass_on_what_comes(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    head = await natter.web.client.head(list_path(chat), headers={"accept": "*/*"})
    assert head.status_code == 200
    assert head.text == ""
    assert head.headers["x-accel-buffering"] == "no"
    assert "no-transform" in head.headers["cache-control"]
    assert "no-store" in head.headers["cache-control"]
    assert head.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-length" not in head.headers
    async with reading(natter, chat, "--compressed", "--include") as reader:
        await natter.end(answer)
        page = (await reader.to_end()).lower()
    assert "content-encoding" not in page
    assert "content-security-policy" in page


async def test_an_account_has_so_many_pages_at_a_time(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)

    async def is_full() -> bool:
        return not await has_room(natter, chat)

    async with AsyncExitStack() as stack:
        readers = [reading(natter, chat) for _ in range(MOST - 1)]
        opened = [await stack.enter_async_context(reader) for reader in readers]
        assert not await is_full()
        async with reading(natter, chat):
            await until(is_full)
        await until(lambda: has_room(natter, chat))
        await natter.end(answer)
        for reader in opened:
            assert ENDED in await reader.to_end()


async def test_a_chat_that_changes_meanwhile_ends_the_page(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    question = answer - 1
    async with reading(natter, chat) as reader:
        await natter.write_log(answer, logged("Some.\n\nMore"))
        await reader.until("Some.</p>")
        await natter.edit(chat, question, "Another question?")
        await natter.end(answer, status="stopped", text="Some.\n\nMore")
        page = await reader.to_end()
    assert "More" in page
    assert PAGE_BREAK in page
    assert page.rstrip().endswith(ENDED)


async def test_a_chat_that_is_deleted_meanwhile_ends_the_page(natter: Natter) -> None:
    chat = await natter.new_chat()
    await natter.ask(chat)
    async with reading(natter, chat) as reader:
        await natter.db.execute("DELETE FROM messages")
        page = await reader.to_end()
    assert PAGE_BREAK in page
    assert page.rstrip().endswith(ENDED)
