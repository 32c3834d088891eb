"""What of a chat fits into a job."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.shared.messages import AnswerJob, Turn
from services.shared.subjects import chat_group
from services.web.messages.model import Message
from services.web.messages.prompt import JOB_TURNS, JOB_TURNS_BYTES, turns_that_fit

BUS_LIMIT = 1024 * 1024
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def conversation(*newest_first: str) -> list[Message]:
    return [
        Message(
            id=len(newest_first) - age,
            role="assistant" if age % 2 else "user",
            status="complete",
            content=text,
            error=None,
            created_at=NOW,
        )
        for age, text in enumerate(newest_first)
    ]


def size_of_job(turns: tuple[Turn, ...]) -> int:
    job = AnswerJob(message_id=2**63 - 1, group=chat_group(2**63 - 1), turns=turns)
    return len(job.model_dump_json().encode())


def test_turns_are_told_in_the_order_in_which_they_were_said() -> None:
    turns = turns_that_fit(conversation("third", "second", "first"))
    assert [(turn.role, turn.content) for turn in turns] == [
        ("user", "first"),
        ("assistant", "second"),
        ("user", "third"),
    ]


def test_the_oldest_are_left_out_and_nothing_between_those_that_stay() -> None:
    half = "x" * (JOB_TURNS_BYTES // 2)
    turns = turns_that_fit(conversation("newest", half, half, "short but older"))
    assert [turn.content for turn in turns] == [half, "newest"]


def test_the_newest_is_told_even_where_it_alone_is_too_long() -> None:
    long = "x" * (JOB_TURNS_BYTES + 1)
    turns = turns_that_fit(conversation(long, "older"))
    assert [turn.content for turn in turns] == [long]


@given(st.lists(st.tuples(st.sampled_from('x"\n\x01é💬'), st.integers(1, 150_000)), min_size=1))
def test_a_job_always_fits_into_one_message_of_the_bus(
    texts: list[tuple[str, int]],
) -> None:
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
