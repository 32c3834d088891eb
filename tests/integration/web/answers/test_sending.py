"""Sending a message: stored once, shown once, published once, in order."""

import asyncio
import re
from uuid import uuid4

from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerJob, Versions
from services.shared.pages.turbo_syntax import check_turbo_streams
from services.web.db.pool import Connection
from tests.integration.web.natter import Natter
from tests.integration.web.pages import (
    FRAME,
    form_path,
    list_path,
    messages_in,
    new_chat,
    published,
    send,
    stored,
)
from tests.support.stack import Web


async def contents(db: Connection) -> list[str]:
    rows = await db.fetch("SELECT content FROM messages WHERE role = 'user' ORDER BY id")
    return [row["content"] for row in rows]


async def test_without_turbo_sending_leads_back_to_the_page(web: Web) -> None:
    chat = await new_chat(web)
    sent = await web.client.post(form_path(chat), data={"content": "Good <day>"})
    assert (sent.status_code, sent.headers["location"]) == (303, list_path(chat))
    page = (await web.client.get(list_path(chat))).text
    assert "Good &lt;day&gt;" in page
    assert messages_in(page) == [(1, "user"), (2, "assistant")]
    assert 'data-status="queued" aria-busy="true"' in page


async def test_turbo_gets_the_rows_that_the_page_and_the_socket_show(
    web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    answer = await send(web, chat, "Hello")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/vnd.turbo-stream.html; charset=utf-8"
    assert messages_in(answer.text) == [(1, "user"), (2, "assistant")]
    target = f'<turbo-stream action="append" target="chat-{chat}-message-list"><template><article'
    assert answer.text.count(target) == answer.text.count("<turbo-stream ") == 2
    check_turbo_streams(answer.text)
    ((subject, stream),) = await published(web_bus, "TURBO_STREAM", 1)
    assert subject == f"turbo_stream.chat_{chat}"
    assert stream.decode().startswith(answer.text)
    check_turbo_streams(stream.decode())
    page = (await web.client.get(list_path(chat))).text
    for row in re.findall(r"<template>(.*?)</template>", answer.text, re.DOTALL):
        assert row in page


async def test_the_job_holds_the_question_and_where_its_answer_belongs(
    web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    await send(web, chat, "One")
    ((subject, data),) = await published(web_bus, "AI_JOBS", 1)
    assert subject == "ai.jobs.2"
    job = AnswerJob.model_validate_json(data)
    assert (job.message_id, job.chat_id, job.group) == (2, chat, f"chat_{chat}")
    assert (job.run, job.begun, job.versions) == (1, "", Versions())
    assert [(turn.role, turn.content) for turn in job.turns] == [("user", "One")]


async def test_what_is_sent_at_once_is_published_in_the_order_of_the_page(
    web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    await asyncio.gather(*(send(web, chat, f"Message {number}") for number in range(20)))
    stream = await published(web_bus, "TURBO_STREAM", 20)
    sent = [message for _, html in stream for message in messages_in(html.decode())]
    page = (await web.client.get(list_path(chat))).text
    assert sent == messages_in(page)
    assert [author for _, author in sent] == ["user", "assistant"] * 20


async def test_the_same_form_sent_twice_is_one_message(
    web: Web, web_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    key = str(uuid4())
    answers = [await send(web, chat, "Hello", key=key) for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert await contents(db) == ["Hello"]
    await published(web_bus, "TURBO_STREAM", 1)
    await published(web_bus, "AI_JOBS", 1)


async def test_the_same_form_sent_at_once_is_one_message(
    web: Web, web_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    key = str(uuid4())
    answers = await asyncio.gather(*(send(web, chat, "Hello", key=key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await contents(db) == ["Hello"]
    await published(web_bus, "AI_JOBS", 1)


async def test_a_form_sent_again_gets_the_version_of_the_answer_that_the_chat_shows(
    natter: Natter,
) -> None:
    chat, key = await natter.new_chat(), str(uuid4())
    sent = await natter.send(chat, "Hello", key=key)
    answer = messages_in(sent.text)[1][0]
    await natter.end(answer)
    await natter.act(chat, answer, "regenerate")
    await natter.end(answer + 1)
    for shown in (answer + 1, answer):
        await natter.act(chat, shown, "show")
        again = await natter.send(chat, "Hello", key=key)
        assert messages_in(again.text) == [(answer - 1, "user"), (shown, "assistant")]


async def test_an_old_key_with_another_text_is_another_message(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    key = str(uuid4())
    for text in ("One", "Two"):
        assert (await send(web, chat, text, key=key)).status_code == 200
    assert await contents(db) == ["One", "Two"]


async def test_a_key_means_nothing_in_another_chat(web: Web, db: Connection) -> None:
    key = str(uuid4())
    for chat in (await new_chat(web), await new_chat(web)):
        assert (await send(web, chat, "Hello", key=key)).status_code == 200
    assert await contents(db) == ["Hello", "Hello"]


async def test_a_key_that_is_none_is_no_obstacle(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    keys = ("", "x", "\x00", "0" * 100_000, "{}", "-1")
    answers = [await send(web, chat, "Hello", key=key) for key in keys]
    assert [answer.status_code for answer in answers] == [200] * len(keys)
    assert len(await contents(db)) == len(keys)


async def test_the_first_message_names_the_chat_on_every_open_page(web: Web, web_bus: Bus) -> None:
    chat = await new_chat(web)
    text = "<b>Plans</b> &   more\nof them"
    await send(web, chat, text)
    await send(web, chat, "Something else")
    title = "&lt;b&gt;Plans&lt;/b&gt; &amp; more of them"
    page = (await web.client.get(list_path(chat))).text
    heading = rf'<h1[^>]*><a id="chat-{chat}-heading"[^>]*>{re.escape(title)}</a></h1>'
    assert re.search(heading, page)
    row_title = f'<span id="chat-{chat}-title" class="chat-link__title" dir="auto">{title}</span>'
    assert row_title in page
    assert f'<title id="chat-{chat}-page-title">{title} · Natter</title>' in page
    first, second = await published(web_bus, "TURBO_STREAM", 2)
    update = f'<turbo-stream action="update" target="chat-{chat}-heading">'
    assert f"{update}<template>{title}</template></turbo-stream>" in first[1].decode()
    assert b'action="update"' not in second[1]
    rows = [
        data.decode()
        for subject, data in await stored(web_bus, "TURBO_STREAM")
        if subject == "turbo_stream.account_1"
    ]
    assert [row_title in row for row in rows] == [True, True]


async def test_a_frame_gets_the_streams_too(web: Web) -> None:
    chat = await new_chat(web)
    answer = await web.client.post(form_path(chat), data={"content": "Hello"}, headers=FRAME)
    assert answer.headers["content-type"].startswith("text/vnd.turbo-stream.html")
    assert answer.headers["vary"] == "accept, cookie"
