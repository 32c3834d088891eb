"""What is made of whatever a model answers when it is asked for a title."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.titles import TITLE_CHARS, clean_title


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Sourdough that will not rise", "Sourdough that will not rise"),
        ("  Sourdough \n", "Sourdough"),
        ('"Sourdough"', "Sourdough"),
        ("“Sourdough.”", "Sourdough"),
        ("„Sauerteig“", "Sauerteig"),
        ("« Le levain »", "Le levain"),
        ("「サワードウ」", "サワードウ"),
        ("'Don't panic' by Adams", "'Don't panic' by Adams"),
        ('"Foo" and "bar"', '"Foo" and "bar"'),
        ("What is “foo”?", "What is “foo”?"),
        ("**Sourdough**", "Sourdough"),
        ("***Sourdough***.", "Sourdough"),
        ("_Sourdough_", "Sourdough"),
        ("# Sourdough", "Sourdough"),
        ("- Sourdough", "Sourdough"),
        ("1. Sourdough", "Sourdough"),
        ("> ## **Sourdough**", "Sourdough"),
        ("`print` in Python", "print in Python"),
        ("[Sourdough](https://example.com/)", "Sourdough"),
        ("<b>Sourdough</b>", "Sourdough"),
        ("Title: Sourdough", "Sourdough"),
        ("**Title:** “Sourdough”", "Sourdough"),
        ('"Title: Sourdough."', "Sourdough"),
        ("Titel: Sauerteig", "Sauerteig"),
        ("标题：酸面团", "酸面团"),  # noqa: RUF001 - the colon of Chinese
        ("**Title:**\nSourdough", "Sourdough"),
        ("Here is a title for the chat:\n\nSourdough", "Sourdough"),
        ("Title: Sourdough\n\nIt says what the chat is about.", "Sourdough"),
        ("Sourdough\n\n---\n\n", "Sourdough"),
        ("<think>Hm. What\nabout flour?</think>\n\nSourdough", "Sourdough"),
        ("<thinking>Hm.</thinking>Sourdough", "Sourdough"),
        ("Hm, flour?\n</think>\n\nSourdough", "Sourdough"),
        ("C# and F# basics", "C# and F# basics"),
        ("2**3 in Python", "2**3 in Python"),
        ("Using my_module_name", "Using my_module_name"),
        ("2001: A Space Odyssey", "2001: A Space Odyssey"),
        ("Generics: Vec<T> & Box<T>", "Generics: Vec<T> & Box<T>"),
        ("And then...", "And then..."),
        ("Why not?", "Why not?"),
        ("👩‍👩‍👧 at home", "👩‍👩‍👧 at home"),
        ("Sour\u202edough\u200b\ufeff", "Sourdough"),
        ("Sour\tdough\x07", "Sour dough"),
    ],
)
def test_a_title_is_freed_from_what_models_put_around_it(answer: str, title: str) -> None:
    assert clean_title(answer) == title


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " \n\t\n ",
        "...",
        '""',
        "“”",
        "**",
        "# ",
        "Title:",
        "?!",
        "🎉🎉",
        "\x00\x1b\x07",
        "\u202e\u200b",
        "<think>Hm. What about flour",
        "<think>Hm.</think>",
        "<script></script>",
        "x" * 1_000_000,
        "word " * 200_000,
        "<" * 1_000_000,
        "<think>" * 100_000,
        "[" * 500_000,
    ],
)
def test_an_answer_that_holds_no_title_gives_none(answer: str) -> None:
    assert clean_title(answer) is None


def test_a_long_title_is_cut_between_two_words() -> None:
    title = clean_title("one two three four five " * 5)
    assert title == "one two three four five one two three four five one two…"


def test_a_title_without_spaces_is_cut_in_itself() -> None:
    assert clean_title("漢" * 100) == "漢" * (TITLE_CHARS - 1) + "…"


def test_of_a_megabyte_of_lines_one_is_taken_at_most() -> None:
    title = clean_title("word\n" * 200_000)
    assert title == "word"


def test_markup_that_would_do_something_in_a_page_becomes_text() -> None:
    assert clean_title("<script>alert(1)</script>") == "alert(1)"
    assert clean_title('<img src=x onerror="alert(1)"> cats') == "cats"


hostile = st.lists(
    st.one_of(
        st.text(),
        st.sampled_from(
            [
                "<think>",
                "</think>",
                "Title:",
                '"',
                "**",
                "# ",
                "\n",
                "\x1b[31m",
                "\u202e",
                "<b>",
                "…",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@given(hostile)
def test_a_title_is_short_and_on_one_line_whatever_was_answered(answer: str) -> None:
    title = clean_title(answer)
    if title is not None:
        assert 0 < len(title) <= TITLE_CHARS
        assert title == " ".join(title.split())
        assert any(char.isalnum() for char in title)
        unseen = {char for char in title if unicodedata.category(char)[0] == "C"}
        assert unseen <= {"\u200c", "\u200d"}
