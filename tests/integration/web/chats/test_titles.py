"""Titles: the prompt's first words at once, a model's proposal once there is an answer."""

from html import escape

from services.shared.bus.messages import TitleResult
from tests.integration.web.natter import Natter


async def title(natter: Natter, chat: int) -> tuple[str | None, str]:
    found = await natter.db.fetchrow("SELECT title, title_source FROM chats WHERE id = $1", chat)
    assert found
    return found["title"], found["title_source"]


async def propose(natter: Natter, chat: int, text: str | None) -> None:
    await natter.publish(TitleResult(chat_id=chat, title=text))
    await natter.taken()


NAMES = {
    "\u202eright to left": "right to left",
    "\u200b": None,
    "\u200d \u2060": None,
    "**Cooking** *rice*": "Cooking rice",
    "# Rice\n\n- how `long`?\n- [how hot](https://example.org/)?": "Rice how long? how hot?",
    "Why is $a_1 * b * c$ &amp; x?": "Why is $a_1 * b * c$ & x?",
    "---": "---",
}
ENDS: tuple[tuple[dict[str, object], int], ...] = (
    ({"status": "stopped", "text": "As far as"}, 1),
    ({"status": "stopped", "text": ""}, 0),
    ({"status": "complete", "text": " "}, 0),
    ({"status": "failed", "error": "cut_off", "text": "Half"}, 0),
)


async def test_a_chat_is_named_after_what_is_seen_of_its_first_message(natter: Natter) -> None:
    for said, named in NAMES.items():
        chat = await natter.new_chat()
        await natter.ask(chat, said)
        assert (await title(natter, chat))[0] == named, said
        assert f"{escape(named or 'New chat')} · Natter</title>" in await natter.page(chat)


async def test_a_temporary_chat_has_the_same_name_in_its_heading_and_its_tab(
    natter: Natter,
) -> None:
    created = await natter.web.client.post("/chat/", data={"temporary": "1"})
    page = await natter.page(int(created.headers["location"].split("/")[2]))
    assert "Temporary chat · Natter</title>" in page
    assert "Temporary chat</a>" in page


async def test_a_title_is_asked_for_after_the_first_answer(natter: Natter) -> None:
    chat = await natter.new_chat()
    assert await title(natter, chat) == (None, "none")
    answer = await natter.ask(chat, "q" * 3000)
    assert (await title(natter, chat))[1] == "prompt"
    assert await natter.title_jobs() == []
    await natter.end(answer, text="a" * 3000)
    (job,) = await natter.title_jobs()
    assert job.chat_id == chat
    assert [(turn.role, turn.content) for turn in job.turns] == [
        ("user", "q" * 2000),
        ("assistant", "a" * 2000),
    ]


async def test_only_an_answer_with_a_text_is_worth_a_title(natter: Natter) -> None:
    for changes, asked in ENDS:
        chat = await natter.new_chat()
        await natter.end(await natter.ask(chat), **changes)
        jobs = [job for job in await natter.title_jobs() if job.chat_id == chat]
        assert len(jobs) == asked, changes


async def test_a_proposed_title_is_shown_on_every_open_page_and_moves_nothing(
    natter: Natter,
) -> None:
    chat, newer = await natter.new_chat(), await natter.new_chat()
    await natter.end(await natter.ask(chat, "Hello"))
    await natter.ask(newer, "Later")
    await propose(natter, chat, "  <b>Greetings</b>\n\x00\u202eand \u270d\u200d\u270d  ")
    assert await title(natter, chat) == ("<b>Greetings</b> and \u270d\u200d\u270d", "model")
    escaped = "&lt;b&gt;Greetings&lt;/b&gt; and \u270d\u200d\u270d"
    update = f'<turbo-stream action="update" target="chat-{chat}-title"><template>{escaped}'
    assert update in (await natter.account_streams())[-1]
    heading = f'<turbo-stream action="update" target="chat-{chat}-heading"><template>{escaped}'
    assert heading in (await natter.streams())[-1]
    page = await natter.page(chat)
    title_of_row = f'<span id="chat-{chat}-title" class="chat-link__title" dir="auto">{escaped}<'
    assert title_of_row in page
    assert page.index(f'id="chat-{newer}-title"') < page.index(f'id="chat-{chat}-title"')


async def test_a_title_of_a_model_is_never_overwritten(natter: Natter) -> None:
    chat = await natter.new_chat()
    await natter.end(await natter.ask(chat))
    await propose(natter, chat, "First")
    before = await natter.streams()
    await propose(natter, chat, "Late")
    assert await title(natter, chat) == ("First", "model")
    assert await natter.streams() == before
    await natter.end(await natter.ask(chat))
    assert len(await natter.title_jobs()) == 1


async def test_a_title_that_was_not_found_is_looked_for_three_times(natter: Natter) -> None:
    chat = await natter.new_chat()
    for asked in (1, 2, 3, 3, 3):
        await natter.end(await natter.ask(chat, "Hello"))
        await propose(natter, chat, None)
        assert len(await natter.title_jobs()) == asked
    assert await title(natter, chat) == ("Hello", "prompt")


async def test_a_proposal_of_nothing_or_for_nobody_changes_nothing(natter: Natter) -> None:
    chat = await natter.new_chat()
    await propose(natter, chat, "Before anything was said")
    await natter.end(await natter.ask(chat, "Hello"))
    for number, text in ((chat, ""), (chat, " \n\x00 "), (999, "X"), (2**63, "X"), (10**30, "X")):
        await propose(natter, number, text)
    assert await title(natter, chat) == ("Hello", "prompt")
    await propose(natter, chat, "long " * 5000)
    named = (await title(natter, chat))[0]
    assert named is not None
    assert len(named) <= 60


async def test_a_chat_begun_anew_is_named_after_what_leads_to_its_answer(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    await natter.act(chat, answer, "stop")
    await natter.act(chat, answer - 1, "edit", content="Other")
    await natter.end(answer + 2)
    (job,) = await natter.title_jobs()
    assert job.turns[0].content == "Other"
