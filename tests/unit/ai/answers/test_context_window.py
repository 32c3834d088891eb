"""Which turns of a chat a model gets."""

from hypothesis import given
from hypothesis import strategies as st

from services.ai.answers.context_window import Window, estimate_turns, fit
from services.shared.bus.messages import Role, Turn

SYSTEM = "Be brief."
TEN_TOKENS = "one two three four five six seven eight nine ten"

turns_of_chats = st.lists(
    st.builds(
        Turn,
        role=st.sampled_from(["user", "assistant"]),
        content=st.integers(0, 40).map(lambda words: "word " * words),
    ),
    max_size=12,
)


def turn(role: Role, text: str = TEN_TOKENS) -> Turn:
    return Turn(role=role, content=text)


def chat(answers: int) -> list[Turn]:
    """Return `answers` questions with their answers, and a last question."""
    said = [
        turn(role, f"{role} {number}")
        for number in range(answers)
        for role in ("user", "assistant")
    ]
    return [*said, turn("user", "and now?")]


def limit_for(*kept: Turn, system: str = "") -> int:
    opening = [turn("system", system)] if system else []
    return estimate_turns([*opening, *kept])


def test_everything_is_sent_without_a_limit() -> None:
    turns = chat(500)
    assert fit(turns, system="", limit=None, reserve=10_000) == Window(tuple(turns), 0)


def test_the_system_prompt_comes_first() -> None:
    turns = chat(1)
    for limit in (None, 100_000):
        window = fit(turns, system=SYSTEM, limit=limit, reserve=0)
        assert window == Window((turn("system", SYSTEM), *turns), 0)


def test_the_newest_turns_that_fit_are_sent() -> None:
    turns = chat(5)
    limit = limit_for(*turns[-3:], system=SYSTEM)
    window = fit(turns, system=SYSTEM, limit=limit, reserve=0)
    assert window == Window((turn("system", SYSTEM), *turns[-3:]), 8)


def test_a_chat_that_the_assistant_began_is_sent_from_there() -> None:
    turns = [turn("assistant", "Hello, how can I help?"), *chat(1)]
    assert fit(turns, system="", limit=limit_for(*turns), reserve=0) == Window(tuple(turns), 0)


def test_room_is_kept_for_the_answer_but_no_more_than_half_of_the_limit() -> None:
    turns = chat(5)
    size = limit_for(*turns[-3:])

    assert fit(turns, system="", limit=size + 40, reserve=40).left_out == 8
    assert fit(turns, system="", limit=2 * size, reserve=1_000_000).left_out == 8


def test_fewer_turns_fit_where_a_model_needs_more_tokens_than_estimated() -> None:
    turns = chat(5)
    limit = limit_for(*turns[-7:])

    assert fit(turns, system="", limit=limit, reserve=0).left_out == 4
    assert fit(turns, system="", limit=limit, reserve=0, ratio=2).left_out == 8
    assert fit(turns, system="", limit=limit, reserve=0, ratio=0.5).left_out == 0


@given(turns=turns_of_chats, limit=st.integers(0, 300), reserve=st.integers(0, 300))
def test_a_window_is_the_end_of_the_chat_and_fits_or_is_as_short_as_can_be(
    turns: list[Turn], limit: int, reserve: int
) -> None:
    window = fit(turns, system=SYSTEM, limit=limit, reserve=reserve)
    told = list(window.turns[1:])
    asked = [place for place, turn in enumerate(turns) if turn.role == "user"]
    least = turns[asked[-1] :] if asked else turns[-1:]

    assert window.turns[0] == turn("system", SYSTEM)
    assert told == turns[window.left_out :]
    assert told[len(told) - len(least) :] == least
    assert len(told) == len(least) or estimate_turns(window.turns) <= limit
    assert window.left_out == 0 or not asked or told[0].role == "user"
