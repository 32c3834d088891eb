"""Sending messages through the form, with and without Turbo."""

import re

from services.shared.bus import Bus
from tests.support.stack import Web
from tests.support.waiting import until

TURBO = {"accept": "text/vnd.turbo-stream.html, text/html"}


async def new_chat(web: Web) -> str:
    response = await web.client.post("/chat/")
    assert response.status_code == 303
    match = re.fullmatch(r"/chat/(\d+)/message/list/", response.headers["location"])
    assert match
    return match[1]


async def test_a_sent_message_leads_back_to_the_page_that_shows_it(web: Web) -> None:
    chat = await new_chat(web)
    sent = await web.client.post(f"/chat/{chat}/message/create/", data={"content": "Good <day>"})
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/chat/{chat}/message/list/"
    page = (await web.client.get(sent.headers["location"])).text
    assert "Good &lt;day&gt;" in page
    assert 'data-status="queued"' in page


async def test_what_is_sent_is_published_to_the_chats_group_and_to_the_ai(
    web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    await web.client.post(f"/chat/{chat}/message/create/", data={"content": "Hello"}, headers=TURBO)

    async def published() -> bool:
        streams = await web_bus.jetstream.stream_info("TURBO_STREAM")
        jobs = await web_bus.jetstream.stream_info("AI_JOBS")
        return streams.state.messages == 1 and jobs.state.messages == 1

    assert await until(published)
