"""Answers of a real server: they stream, come in their turn, and come again."""

from tests.faults.natter import Natter
from tests.models.asking import QUESTION, again, ended, uninterrupted, until_begun, whole_answer
from tests.models.servers import Served, Server
from tests.support.answers import normalized
from tests.support.rendered import plain
from tests.support.waiting import until

PIECES = 10
"""In which an answer comes at least, where it is streamed."""
OTHER = "Why is a lake sweet?"


async def test_an_answer_streams_and_is_what_the_server_says(
    natter: Natter, served: Served, kind: Server
) -> None:
    whole = await whole_answer(served)
    chat = await natter.chat()
    async with (
        natter.working("", 1, **served.connection(takeover=kind.takeover)),
        natter.reading(chat) as (page,),
    ):
        answer = await chat.send(QUESTION)
        stored = await ended(chat, answer)

        async def is_shown() -> bool:
            return normalized(plain(whole, id_prefix=f"message_{answer}")) in "".join(
                page.messages()
            )

        await until(is_shown)
    assert (stored.status, stored.content, stored.error) == ("complete", whole, None)
    assert len(page.growth.moments[answer]) >= PIECES
    assert page.document.doubled == set()


async def test_a_question_that_is_asked_meanwhile_has_its_turn(
    natter: Natter, served: Served
) -> None:
    whole = await whole_answer(served)
    chat = await natter.chat()
    async with natter.working("", 1, **served.connection()):
        first = await chat.send(QUESTION)
        await until_begun(natter, first)
        second = await chat.send(OTHER)
        stored = [await ended(chat, answer) for answer in (first, second)]
    assert [each.status for each in stored] == ["complete", "complete"]
    assert stored[0].content == whole
    assert stored[1].content == await uninterrupted(served, QUESTION, whole, OTHER)


async def test_an_answer_comes_again(natter: Natter, served: Served) -> None:
    whole = await whole_answer(served)
    chat = await natter.chat()
    async with natter.working("", 1, **served.connection()):
        first = await chat.send(QUESTION)
        await ended(chat, first)
        stored = await again(chat, first, "regenerate")
    assert (stored.status, stored.content) == ("complete", whole)
