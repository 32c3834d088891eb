"""Telling reasoning from answer by tags: the cuts make no difference."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.marks import AROUND, LATE, TAGS
from services.ai.provider.stream.reasoning import MOST_DOUBTS, TagSplitter

PARTS = [
    *TAGS,
    *TAGS.values(),
    *AROUND,
    *AROUND.values(),
    *LATE,
    *LATE.values(),
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
        # A template's opening tag is missing here, and there the tag is named.
        ("Hm.</think>.NET it is", ".NET it is", "Hm."),
        ("Hm.\n</think>, so", ", so", "Hm.\n"),
        ("Hm.</think>", "", "Hm."),
        (
            "Write </think>, then </think>.\nSo.</think>Yes",
            "Yes",
            "Write </think>, then </think>.\nSo.",
        ),
    ],
)
def test_a_tag_in_code_or_after_its_opening_in_text_is_none(
    text: str, answer: str, reasoning: str
) -> None:
    for parts in ([text], list(text)):
        assert shared(parts) == (answer, reasoning)


@pytest.mark.parametrize(
    "text",
    [
        "The closing tag is </think>, used by models.",
        "It ends with </think>.",
        "It ends with </think>. Then the answer comes.",
        "One of these tags (<b> or </think>) ends it.",
        "Is it </think>? No: it is </thought>; so it is.",
    ],
)
def test_a_closing_tag_that_a_sentence_names_is_none(text: str) -> None:
    for parts in ([text], list(text)):
        assert shared(parts) == (text, "")


@pytest.mark.parametrize(("opening", "closing"), TAGS.items())
def test_each_model_has_its_own_tags(opening: str, closing: str) -> None:
    text = f"{opening}\nSo <b> what?{closing}\n\nThe answer."
    for parts in ([text], list(text)):
        assert shared(parts) == ("The answer.", "So <b> what?")
    quoted = f"The tags are {opening} and {closing}."
    for parts in ([quoted], list(quoted)):
        assert shared(parts) == (quoted, "")


@pytest.mark.parametrize(("opening", "closing"), AROUND.items())
def test_what_stands_around_the_answer_behind_reasoning_is_left_out(
    opening: str, closing: str
) -> None:
    for answer in ("The answer.", f"Write {opening} and {closing} there.", ""):
        for end in (closing, f"\n{closing}\n", ""):
            text = f"<think>Hm</think>\n{opening}\n{answer}{end}"
            for parts in ([text], list(text)):
                assert shared(parts) == (answer, "Hm")
    bare = f"{opening}Hello{closing}"
    assert shared([bare]) == shared(list(bare)) == (bare, "")


@pytest.mark.parametrize(("opening", "closing"), LATE.items())
def test_words_that_end_reasoning_make_some_of_all_before_them(opening: str, closing: str) -> None:
    text = f"{opening} Hm.\n\n{closing}\n\nThe answer."
    for parts in ([text], list(text)):
        assert shared(parts) == ("The answer.", f"{opening} Hm.\n\n")
    for plain in (f"{opening} Hm. And so on.", f"First: {opening} Hm. {closing} So.", opening[:7]):
        for parts in ([plain], list(plain)):
            assert shared(parts) == (plain, "")


def test_words_that_end_no_reasoning_leave_tags_alone() -> None:
    text = "Here is my thought process: hm.</think>So."
    for parts in ([text], list(text)):
        assert shared(parts) == ("So.", "Here is my thought process: hm.")


def test_an_answer_that_may_begin_so_is_shown_as_it_comes() -> None:
    splitter = TagSplitter()
    for word in ("Here", " is", " my", " thought", " process", ":", " I", " think"):
        assert splitter.feed(word).text == word


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


def test_a_long_answer_of_spaces_costs_time_in_proportion() -> None:
    """Each is looked at once: together with all before it, that would take minutes."""
    assert shared([" "] * 300_000) == (" " * 300_000, "")


def test_a_tag_at_the_very_end_makes_thoughts_of_all_before_it() -> None:
    reader = ChunkReader()
    said = b'{"choices":[{"delta":{"content":"I think so.</think>"}}]}'
    assert reader.read(said).text == "I think so."
    last = reader.finish(is_done=True)
    assert (last.text, last.recast) == ("", True)
