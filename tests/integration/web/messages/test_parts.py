"""A page shows a part of a long conversation, and leads to the parts beside it."""

import re
from html import unescape

import httpx2
import pytest

from services.web.messages.parts import MOST, PART, Part, Wanted, part_of
from tests.integration.web.messages.filling import fill_chat
from tests.integration.web.natter import Natter
from tests.integration.web.pages import list_path, messages_in

LENGTH = 150
SHOWN = list(range(10, 10 + 3 * 200, 3))


async def filled(natter: Natter) -> int:
    chat = await natter.new_chat()
    await fill_chat(natter.db, chat, LENGTH)
    return chat


async def get(natter: Natter, chat: int, frame: str | None = None, **query: int) -> httpx2.Response:
    headers = {"turbo-frame": frame} if frame else {}
    parameters = {name.rstrip("_"): str(value) for name, value in query.items()}
    return await natter.web.client.get(list_path(chat), params=parameters, headers=headers)


def shown(html: str) -> list[int]:
    return [number for number, _ in messages_in(html)]


def gaps(html: str) -> dict[str, str]:
    """The frames for what is not shown: id and address, each with a link to the same place."""
    found = re.findall(
        r'<turbo-frame id="(older|newer)" [^>]*src="([^"]*)"[^>]*><a [^>]*href="([^"]*)"', html
    )
    assert all(source == link for _, source, link in found)
    return {name: unescape(source) for name, source, _ in found}


async def test_a_long_chat_opens_with_its_newest_part(natter: Natter) -> None:
    chat = await filled(natter)
    page = await get(natter, chat)
    assert shown(page.text) == list(range(91, 151))
    assert gaps(page.text) == {"older": f"{list_path(chat)}?before=91"}


async def test_a_short_chat_has_no_other_parts(natter: Natter) -> None:
    chat = await natter.new_chat()
    await fill_chat(natter.db, chat, PART)
    page = await get(natter, chat)
    assert (shown(page.text), gaps(page.text)) == (list(range(1, PART + 1)), {})


async def test_a_frame_gets_the_part_before_with_the_frame_for_the_next(natter: Natter) -> None:
    chat = await filled(natter)
    second = (await get(natter, chat, frame="older", before=91)).text
    assert shown(second) == list(range(31, 91))
    assert gaps(second) == {"older": f"{list_path(chat)}?before=31"}
    assert 'id="message-create-form"' not in second
    third = (await get(natter, chat, frame="older", before=31)).text
    assert shown(third) == list(range(1, 31))
    assert gaps(third) == {}


async def test_without_frames_a_part_is_a_page_that_leads_both_ways(natter: Natter) -> None:
    chat = await filled(natter)
    page = (await get(natter, chat, before=91)).text
    assert shown(page) == list(range(31, 91))
    path = list_path(chat)
    assert gaps(page) == {"older": f"{path}?before=31", "newer": f"{path}?after=90"}
    assert 'id="message-create-form"' in page
    newer = (await get(natter, chat, after=90)).text
    assert (shown(newer), gaps(newer)) == (list(range(91, 151)), {"older": f"{path}?before=91"})


async def test_a_page_that_loads_itself_again_keeps_what_it_had(natter: Natter) -> None:
    chat = await filled(natter)
    page = (await get(natter, chat, from_=31)).text
    assert (shown(page)[0], shown(page)[-1]) == (31, LENGTH)
    part = (await get(natter, chat, from_=31, until=90)).text
    assert shown(part) == list(range(31, 91))
    assert gaps(part)["newer"] == f"{list_path(chat)}?after=90"


async def test_a_link_to_a_message_shows_the_part_around_it(natter: Natter) -> None:
    chat = await filled(natter)
    page = (await get(natter, chat, around=70)).text
    assert shown(page) == list(range(40, 100))
    assert "another version" not in page


async def test_a_link_to_a_hidden_version_shows_where_it_begins_and_offers_it(
    natter: Natter,
) -> None:
    chat = await filled(natter)
    original = LENGTH - 1
    await natter.edit(chat, original, "Other")
    page = (await get(natter, chat, around=original)).text
    assert original not in shown(page)
    assert original - 1 in shown(page)
    assert "in another version of this conversation" in page
    assert f'action="/chat/{chat}/message/{original}/show/"' in page
    led = await natter.act(chat, original, "show", turbo=False)
    assert led.headers["location"] == f"{list_path(chat)}?around={original}#message_{original}"
    after = (await get(natter, chat, around=original)).text
    assert original in shown(after)
    assert "another version" not in after


async def test_a_first_message_in_another_version_is_offered_too(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    await natter.edit(chat, answer - 1, "Other")
    page = (await get(natter, chat, around=answer)).text
    assert shown(page) == [answer + 1, answer + 2]
    assert f'action="/chat/{chat}/message/{answer}/show/"' in page


async def test_a_message_of_another_chat_is_not_found(natter: Natter) -> None:
    chat, other = await natter.new_chat(), await natter.new_chat()
    elsewhere = await natter.ask(other)
    assert (await get(natter, chat, around=elsewhere)).status_code == 404
    for query in ("before=x", "from=0", "around=-1", "until=9999999999999999999"):
        answer = await natter.web.client.get(f"{list_path(chat)}?{query}")
        assert answer.status_code == 404, query


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        (Wanted(), SHOWN[-60], SHOWN[-1]),
        (Wanted(before=SHOWN[100]), SHOWN[40], SHOWN[99]),
        (Wanted(before=SHOWN[100] - 1), SHOWN[40], SHOWN[99]),
        (Wanted(before=1), SHOWN[0], SHOWN[59]),
        (Wanted(after=SHOWN[100]), SHOWN[101], SHOWN[160]),
        (Wanted(after=SHOWN[180]), SHOWN[181], SHOWN[-1]),
        (Wanted(after=SHOWN[-1]), SHOWN[-60], SHOWN[-1]),
        (Wanted(around=SHOWN[100]), SHOWN[70], SHOWN[129]),
        (Wanted(around=SHOWN[2]), SHOWN[0], SHOWN[59]),
        (Wanted(around=SHOWN[-1]), SHOWN[-60], SHOWN[-1]),
        (Wanted(from_=SHOWN[20]), SHOWN[20], SHOWN[-1]),
        (Wanted(from_=SHOWN[190]), SHOWN[-60], SHOWN[-1]),
        (Wanted(from_=SHOWN[20], until=SHOWN[90]), SHOWN[20], SHOWN[90]),
        (Wanted(until=1), SHOWN[0], SHOWN[59]),
    ],
)
def test_a_part_is_found_by_places_whatever_stands_there(
    wanted: Wanted, first: int, last: int
) -> None:
    part = part_of(SHOWN, wanted)
    assert (part.ids[0], part.ids[-1]) == (first, last)
    assert part.has_older == (first > SHOWN[0])
    assert part.has_newer == (last < SHOWN[-1])


def test_no_page_has_more_messages_than_the_bound() -> None:
    part = part_of(range(1, 5001), Wanted(from_=1))
    assert (len(part.ids), part.ids[-1], part.has_older) == (MOST, 5000, True)


def test_an_empty_chat_has_one_empty_part() -> None:
    for wanted in (Wanted(), Wanted(before=5), Wanted(after=5), Wanted(around=5), Wanted(from_=5)):
        assert part_of([], wanted) == Part([], has_older=False, has_newer=False)
