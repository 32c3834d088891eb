"""What a chat is called."""

from hypothesis import given
from hypothesis import strategies as st

from services.web.chats.titles import TITLE_CHARS, fit_title


def test_a_short_text_is_its_own_title() -> None:
    assert fit_title("Plans for  the\n\tsummer ") == "Plans for the summer"
    assert fit_title("x" * TITLE_CHARS) == "x" * TITLE_CHARS


def test_a_long_text_is_cut_between_two_words() -> None:
    title = fit_title("one two three four five " * 10)
    assert title == "one two three four five one two three four five one two…"


def test_a_long_word_is_cut_in_itself() -> None:
    assert fit_title("x" * 1000) == "x" * (TITLE_CHARS - 1) + "…"
    assert fit_title("see " + "x" * 1000).startswith("see xxx")


def test_a_text_that_begins_far_to_the_right_still_names_its_chat() -> None:
    assert fit_title(" " * 5000 + "Hello") == "Hello"


@given(st.text())
def test_a_title_is_one_line_of_limited_length_and_begins_like_the_text(text: str) -> None:
    title = fit_title(text)
    assert len(title) <= TITLE_CHARS
    assert " ".join(title.split()) == title
    assert " ".join(text.split()).startswith(title.removesuffix("…"))
    assert bool(title) == bool(text.strip())
