"""The turns of a chat that fit into a job."""

from hypothesis import given
from hypothesis import strategies as st

from services.shared.bus.messages import BEGUN_BYTES, AnswerJob, Turn, fits_a_job
from services.shared.bus.subjects import chat_group
from services.web.answers.jobs import (
    JOB_TURNS,
    JOB_TURNS_BYTES,
    turns_that_fit,
)
from services.web.answers.model import EarlierText

BUS_LIMIT = 1024 * 1024
LARGEST_ID = 2**63 - 1


def conversation(*newest_first: str) -> list[EarlierText]:
    return [
        EarlierText(role="assistant" if age % 2 else "user", content=text)
        for age, text in enumerate(newest_first)
    ]


def size_of_job(turns: tuple[Turn, ...], begun: str = "") -> int:
    job = AnswerJob(
        message_id=LARGEST_ID,
        chat_id=LARGEST_ID,
        group=chat_group(LARGEST_ID),
        run=2**31 - 1,
        turns=turns,
        begun=begun,
    )
    return len(job.model_dump_json().encode())


def test_of_an_image_in_an_answer_the_model_is_told_the_words() -> None:
    image = f"![the chart](data:image/png;base64,{'A' * 2_000_000})"
    answer, question = f"Look:\n\n{image}\n\nThere.", "Draw a chart."
    turns = turns_that_fit(conversation("Explain it.", answer, question))
    told = [question, "Look:\n\nthe chart\n\nThere.", "Explain it."]
    assert [turn.content for turn in turns] == told


def test_a_person_is_told_word_for_word() -> None:
    [turn] = turns_that_fit(conversation("![a](data:image/png;base64,AAAA)"))
    assert turn.content == "![a](data:image/png;base64,AAAA)"


def test_turns_are_told_in_the_order_in_which_they_were_said() -> None:
    turns = turns_that_fit(conversation("third", "second", "first"))
    assert [(turn.role, turn.content) for turn in turns] == [
        ("user", "first"),
        ("assistant", "second"),
        ("user", "third"),
    ]


def test_the_oldest_are_left_out_and_nothing_between_those_that_stay() -> None:
    third = "x" * (JOB_TURNS_BYTES // 3)
    turns = turns_that_fit(conversation("newest", third, third, third, "short but older"))
    assert [turn.content for turn in turns] == [third, third, "newest"]


def test_no_answer_is_told_whose_question_is_left_out() -> None:
    half, quarter = "x" * (JOB_TURNS_BYTES // 2), "x" * (JOB_TURNS_BYTES // 4)
    turns = turns_that_fit(conversation("newest", half, "older"))
    assert [turn.content for turn in turns] == ["older", half, "newest"]
    turns = turns_that_fit(conversation("newest", "older", quarter, half, half))
    assert [turn.content for turn in turns] == [quarter, "older", "newest"]


def test_the_newest_is_told_even_where_it_alone_is_too_long() -> None:
    long = "x" * (JOB_TURNS_BYTES + 1)
    turns = turns_that_fit(conversation(long, "older"))
    assert [turn.content for turn in turns] == [long]


@given(st.lists(st.tuples(st.sampled_from('x"\n\x01é💬'), st.integers(1, 150_000)), min_size=1))
def test_a_job_always_fits_into_one_message_of_the_bus(texts: list[tuple[str, int]]) -> None:
    newest_first = conversation("newest", *(character * length for character, length in texts))
    turns = turns_that_fit(newest_first)
    assert size_of_job(turns) < BUS_LIMIT
    assert turns[-1].content == "newest"
    older = [message.content for message in newest_first[: len(turns)]]
    assert [turn.content for turn in turns] == older[::-1]


def test_as_many_turns_as_are_asked_for_fit_whatever_is_around_their_texts() -> None:
    newest_first = conversation(*["x" * 700] * JOB_TURNS)
    assert len(turns_that_fit(newest_first)) == JOB_TURNS
    assert size_of_job(turns_that_fit(newest_first)) < BUS_LIMIT


@given(st.sampled_from('x"\n\x01é💬'))
def test_an_answer_that_may_be_continued_fits_beside_the_turns(character: str) -> None:
    begun = character
    while fits_a_job(begun * 2):
        begun *= 2
    turns = turns_that_fit(conversation(*["x" * 700] * JOB_TURNS))
    assert size_of_job(turns, begun) < BUS_LIMIT
    assert not fits_a_job(character * (BEGUN_BYTES + 1))
