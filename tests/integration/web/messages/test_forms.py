"""The form: what it refuses, and that what was typed is still in it."""

import asyncio
import re
from itertools import product

import httpx2

from services.web.db.pool import Connection
from tests.integration.web.pages import (
    FRAME,
    TURBO,
    error_in,
    form_path,
    frame,
    list_path,
    new_chat,
    text_in_the_box,
    text_of_message,
)
from tests.support.stack import Web

LIMIT = 32_000
EMPTY = "Write a message first."
PLAIN = {"accept": "text/html"}


async def post(
    web: Web, chat: int, content: str, headers: dict[str, str] = FRAME
) -> httpx2.Response:
    return await web.client.post(form_path(chat), data={"content": content}, headers=headers)


async def stored(db: Connection) -> list[str]:
    rows = await db.fetch("SELECT content FROM messages WHERE role = 'user' ORDER BY id")
    return [row["content"] for row in rows]


async def test_the_form_is_in_its_frame_on_both_pages(web: Web) -> None:
    chat = await new_chat(web)
    for path in (list_path(chat), form_path(chat)):
        form = frame((await web.client.get(path)).text)
        assert f'action="/chat/{chat}/message/create/" method="post"' in form
        assert re.search(r'name="key" value="[0-9a-f-]{36}"', form)
        assert 'role="alert"' in form
        assert text_in_the_box(form) == ""


async def test_every_form_has_a_key_of_its_own(web: Web) -> None:
    chat = await new_chat(web)
    pages = [(await web.client.get(list_path(chat))).text for _ in range(2)]
    keys = [re.findall(r'name="key" value="([^"]*)"', page) for page in pages]
    assert keys[0] != keys[1]


async def test_the_blank_is_refused_in_the_frame_with_and_without_turbo(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    blanks = ("", " ", "\n", "\r\n\r\n", "\t \n", "\u00a0", "\u3000\u2003\u2028")
    for blank, headers in product(blanks, (PLAIN, TURBO, FRAME)):
        response = await post(web, chat, blank, headers)
        assert response.status_code == 422
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert error_in(response.text) == EMPTY
    assert await stored(db) == []


async def test_the_over_long_is_refused_in_the_frame_with_the_text_kept(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    long = "x" * LIMIT + "<y>"
    for headers in (PLAIN, TURBO, FRAME):
        response = await post(web, chat, long, headers)
        assert response.status_code == 422
        page = response.text
        assert error_in(page) == "A message may have 32,000 characters; this one has 32,003."
        assert text_in_the_box(page) == long
        assert 'aria-invalid="true"' in frame(page)
    assert await stored(db) == []
    assert await db.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_refused_form_is_a_whole_page_that_leads_on(web: Web) -> None:
    chat = await new_chat(web)
    page = (await post(web, chat, "", PLAIN)).text
    assert page.startswith("<!DOCTYPE html>")
    assert f'href="{list_path(chat)}"' in page


async def test_the_limit_counts_characters_however_they_are_sent(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    fitting = [f"a{character * (LIMIT - 2)}z" for character in ("x", "é", "€", "💬", "\n", "&")]
    for text in fitting:
        sent = text.replace("\n", "\r\n")
        answers = await asyncio.gather(post(web, chat, sent), post(web, chat, f"a{sent}"))
        assert [answer.status_code for answer in answers] == [200, 422]
    assert await stored(db) == fitting


async def test_a_leading_newline_survives_being_refused(web: Web) -> None:
    chat = await new_chat(web)
    for newline in ("\n", "\r\n", "\r"):
        text = f"{newline}{newline}  first" + "x" * LIMIT
        response = await post(web, chat, text)
        shown = text_in_the_box(response.text)
        assert re.sub(r"\r\n?", "\n", shown) == re.sub(r"\r\n?", "\n", text)


async def test_a_messages_own_lines_are_kept_and_its_blank_edges_go(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    await post(web, chat, "\r\n\n  indented\r\n\r\n\tmore\rlast  \n \n")
    assert await stored(db) == ["  indented\n\n\tmore\nlast"]
    page = (await web.client.get(list_path(chat))).text
    assert text_of_message(page, 1) == "  indented\n\n\tmore\nlast"


async def test_html_in_a_message_is_shown_as_text_everywhere(web: Web) -> None:
    chat = await new_chat(web)
    text = "</textarea><script>alert(1)</script>'\"&amp;</turbo-frame>"
    await post(web, chat, text)
    refused = await post(web, chat, text + "x" * LIMIT)
    assert text_in_the_box(refused.text) == text + "x" * LIMIT
    page = (await web.client.get(list_path(chat))).text
    assert text_of_message(page, 1) == text
    for html in (refused.text, page):
        assert "<script>" not in html
        assert html.count("</textarea>") == html.count("<textarea") == 1
