"""A page opened while an answer is written: all of it at once, and from where it goes on."""

import pytest

from services.shared.bus import stored_messages
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerLogEntry
from services.shared.bus.position import Cursor, read_bounds
from services.shared.bus.subjects import text_subject
from services.shared.pages.message_view import message_element
from services.web.db.pool import Connection
from tests.integration.web.messages.test_stream_sources import source
from tests.integration.web.natter import Natter, logged, row
from tests.integration.web.pages import ask, list_path, new_chat, published, running_web
from tests.support.nats import nats_server
from tests.support.outages import Outage
from tests.support.postgres import database_url
from tests.support.sockets import element
from tests.support.sockets import publish as publish_stream
from tests.support.stack import Web, web, web_settings
from tests.support.waiting import until

# These look at positions in a stream, which web remembers for a second.
__all__ = ["database_url", "nats_server", "web"]


async def page_of(web: Web, chat: int) -> str:
    response = await web.client.get(list_path(chat))
    assert response.status_code == 200
    return response.text


async def since(web: Web, chat: int) -> int:
    return Cursor.parse((await source(web, chat))["since"]).sequence


async def head(bus: Bus) -> int:
    return (await read_bounds(bus.client)).last_sequence


async def fresh_head(web: Web, bus: Bus) -> None:
    """Wait until web has noticed how far the stream has come."""
    chat = await new_chat(web)

    async def is_known() -> bool:
        return await since(web, chat) == await head(bus)

    await until(is_known)


async def test_a_page_shows_what_the_pages_had_and_listens_from_there(
    natter: Natter, web: Web, web_bus: Bus, ai_bus: Bus
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await published(web_bus, "TURBO_STREAM", 1)
    for _ in range(5):
        await publish_stream(ai_bus, f"chat_{chat}", element("growing"))
    await natter.write_log(
        answer,
        logged("", whole=True, shown=2),
        logged("Done.\n\nAnd *open", offset=0, shown=2),
        logged("* it is", offset=16, shown=4),
    )
    await fresh_head(web, web_bus)
    page = await page_of(web, chat)
    done = f'<p id="{message_element(answer)}_b0" dir="auto">Done.</p>'
    assert f'_done" class="message__done prose">{done}</div>' in page
    assert "open" in page
    assert "it is" not in page
    assert 'data-status="streaming" aria-busy="true"' in page
    assert await since(web, chat) == 4


async def test_a_page_listens_from_no_later_than_it_read_the_head(
    natter: Natter, web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await published(web_bus, "TURBO_STREAM", 1)
    await natter.write_log(answer, logged("All of it", whole=True, shown=99))
    assert "All of it" in await page_of(web, chat)
    # One publication for the chat and one for the account are all there are.
    assert await since(web, chat) <= 2


async def test_a_log_without_a_place_is_shown_as_it_is(
    natter: Natter, web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await published(web_bus, "TURBO_STREAM", 1)
    await natter.write_log(answer, logged("Text", reasoning="Thought", left_out=3, restarted=True))
    page = await page_of(web, chat)
    for expected in ("Text", "Thought", "Older messages were left out", "begun again"):
        assert expected in page


async def test_the_log_of_another_run_is_not_shown(natter: Natter, web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await natter.write_log(answer, logged("Earlier run", shown=1))
    await natter.end(answer, status="failed", error="timeout", text="")
    await natter.act(chat, answer, "retry")
    page = await page_of(web, chat)
    assert "Earlier run" not in page
    assert 'data-status="queued"' in page
    await natter.write_log(answer, logged("This run", whole=True, run=2))
    assert "This run" in await page_of(web, chat)


async def test_a_log_that_another_databases_message_left_is_not_shown(
    natter: Natter, web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await natter.write_log(answer, logged("Of somebody else", shown=1))
    await db.execute(
        "UPDATE messages SET created_at = now() + interval '1 minute' WHERE id = $1", answer
    )
    assert "Of somebody else" not in await page_of(web, chat)


async def test_an_answer_that_ended_is_shown_from_its_row(natter: Natter, web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await natter.write_log(answer, logged("From the log"))
    await natter.end(answer, text="From the row")
    page = await page_of(web, chat)
    assert "From the row" in page
    assert "From the log" not in page


async def test_a_log_that_is_none_stops_no_page(
    natter: Natter, web: Web, ai_bus: Bus, db: Connection
) -> None:
    for payload in (b"", b"\xff", b"{}", b"[" * 100_000):
        chat = await new_chat(web)
        answer = await ask(web, chat)
        await ai_bus.publish(text_subject(answer), payload, f"wrong-{answer}")
        assert 'data-status="queued"' in await page_of(web, chat), payload[:9]
        assert (await natter.act(chat, answer, "stop")).text == ""
        await natter.end(answer)
        assert (await row(db, answer))["status"] == "complete"


async def test_hostile_text_in_a_log_stays_text(natter: Natter, web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    hostile = "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n</div></article>"
    entry: AnswerLogEntry = logged(hostile, reasoning=hostile, whole=True)
    await natter.write_log(answer, entry)
    page = await page_of(web, chat)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("</article>") == 2


async def test_a_long_text_is_shown_whole(natter: Natter, web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    pieces = [f"Paragraph {number}.\n\n" for number in range(3000)]
    offset = 0
    for piece in ("".join(pieces[start : start + 100]) for start in range(0, 3000, 100)):
        await natter.write_log(answer, logged(piece, offset=offset))
        offset += len(piece)
    page = await page_of(web, chat)
    assert all(f"Paragraph {number}." in page for number in (0, 1500, 2998))


async def test_without_the_bus_a_page_shows_its_rows_and_is_read_again(
    database_url: str, outage: Outage
) -> None:
    async with running_web(web_settings(database_url, outage.server)) as web:
        chat = await new_chat(web)
        await ask(web, chat)
        outage.begin()
        assert 'data-status="queued"' in await page_of(web, chat)

        async def is_noticed() -> bool:
            return (await source(web, chat))["since"] == "none"

        await until(is_noticed)


async def test_a_bus_that_hangs_keeps_no_page_from_being_shown(
    database_url: str, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes an answer over waits longer for its log than a reader does."""
    monkeypatch.setattr(stored_messages, "ANSWER_SECONDS", 3600)
    async with running_web(web_settings(database_url, outage.server)) as web:
        chat = await new_chat(web)
        await ask(web, chat)
        with outage.hanging():
            assert 'data-status="queued"' in await page_of(web, chat)
