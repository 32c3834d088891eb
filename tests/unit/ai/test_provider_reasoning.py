"""Telling reasoning from answer by tags: the cuts make no difference."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.reasoning import MOST_DOUBTS, TAGS, TagSplitter

PARTS = [
    *TAGS,
    *TAGS.values(),
    "<",
    "</",
    "`",
    "```\n",
    "\n",
    "\n\n",
    " ",
    "word",
    "~~~",
    "</think",
]


def shared(parts: list[str]) -> tuple[str, str]:
    """Return the answer and the reasoning of text that comes in these parts."""
    splitter, text, reasoning = TagSplitter(), "", ""
    for share in (*map(splitter.feed, parts), splitter.finish()):
        if share.recast:
            text, reasoning = "", text
        text += share.text
        reasoning += share.reasoning
    return text, reasoning


@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join), st.data())
def test_cuts_make_no_difference(text: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    parts = [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])]
    assert shared(parts) == shared([text])


@given(st.text(alphabet="ab <>/`\n", max_size=60))
def test_without_a_whole_tag_all_is_answer(text: str) -> None:
    assert shared(list(text)) == (text, "")


@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("a </think> b", "b", "a "),
        ("`a </think> b` </think> c", "c", "`a </think> b` "),
        ("```\n</think>\n```\nb", "```\n</think>\n```\nb", ""),
        ("```\n</think>\n```\nb</think>c", "c", "```\n</think>\n```\nb"),
        ("~~~\n```\n</think>", "~~~\n```\n</think>", ""),
        ("an `odd tick\n\n</think>c", "c", "an `odd tick\n\n"),
        ("see <think> and </think>", "see <think> and </think>", ""),
        ("<think>a</thinking>b</think>c", "c", "a</thinking>b"),
        ("<think></think>c", "c", ""),
        ("<think>a</think>b</think>c", "b</think>c", "a"),
        ("[THINK]a[/THINK]b", "b", "a"),
    ],
)
def test_a_tag_in_code_or_after_its_opening_in_text_is_none(
    text: str, answer: str, reasoning: str
) -> None:
    assert shared([text]) == (answer, reasoning)


def test_many_closing_tags_in_code_are_looked_at_a_few_times_only() -> None:
    text = "```\n" + "</think>\n" * 100_000
    assert shared([text[n : n + 1000] for n in range(0, len(text), 1000)]) == (text, "")


def test_after_some_doubts_no_tag_is_looked_for_however_the_text_is_cut() -> None:
    """Each look reads all that was said: thousands of them in one chunk took minutes."""
    text = "`</think>`" * MOST_DOUBTS + "\n\nNot a </think> tag."
    for parts in ([text], list(text)):
        assert shared(parts) == (text, "")


def test_much_space_before_the_first_word_is_let_through() -> None:
    assert shared([" "] * 5000 + ["<think>"]) == (" " * 5000 + "<think>", "")
