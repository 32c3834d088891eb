"""Telling reasoning from answer by tags, however the text is cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.stream.reasoning import MOST_DOUBTS, TagSplitter
from services.ai.provider.stream.reasoning_tags import AMBIGUOUS_TAGS, ANSWER_TAGS, REASONING_TAGS
from tests.support.provider import stream
from tests.support.scripted import DONE, STOP, chunk

PARTS = [
    *REASONING_TAGS,
    *REASONING_TAGS.values(),
    *ANSWER_TAGS,
    *ANSWER_TAGS.values(),
    *AMBIGUOUS_TAGS,
    *AMBIGUOUS_TAGS.values(),
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


def test_tags_are_told_from_text() -> None:
    cases = {
        "a </think> b": ("b", "a "),
        "`a </think> b` </think> c": ("c", "`a </think> b` "),
        "```\n</think>\n```\nb": ("```\n</think>\n```\nb", ""),
        "```\n</think>\n```\nb</think>c": ("c", "```\n</think>\n```\nb"),
        "~~~\n```\n</think>": ("~~~\n```\n</think>", ""),
        "an `odd tick\n\n</think>c": ("c", "an `odd tick\n\n"),
        "see <think> and </think>": ("see <think> and </think>", ""),
        "<think>a</thinking>b</think>c": ("c", "a</thinking>b"),
        "<think></think>c": ("c", ""),
        "<think>a</think>b</think>c": ("b</think>c", "a"),
        "[THINK]a[/THINK]b": ("b", "a"),
        # A template's opening tag is missing here, and there the tag is mentioned.
        "Hm.</think>.NET it is": (".NET it is", "Hm."),
        "Hm.\n</think>, so": (", so", "Hm.\n"),
        "Hm.</think>": ("", "Hm."),
        "Write </think>, then </think>.\nSo.</think>Yes": (
            "Yes",
            "Write </think>, then </think>.\nSo.",
        ),
    }
    for parted in (lambda text: [text], list):
        assert {text: shared(parted(text)) for text in cases} == cases


def test_a_tag_in_code_or_in_a_sentence_is_text() -> None:
    for text in (
        "The closing tag is </think>, used by models.",
        "It ends with </think>.",
        "It ends with </think>. Then the answer comes.",
        "One of these tags (<b> or </think>) ends it.",
        "Is it </think>? No: it is </thought>; so it is.",
        "Models write `</think>` when they are done.",
        "```html\n<think>no</think>\n```\nThat is code.",
        "First <think>this</think> then that.",
        "<thin and <thinker> are no tags. </thinker>",
        "Less is <",
    ):
        assert shared([text]) == shared(list(text)) == (text, "")


def test_each_model_has_its_own_tags() -> None:
    for opening, closing in REASONING_TAGS.items():
        text = f"{opening}\nSo <b> what?{closing}\n\nThe answer."
        assert shared([text]) == shared(list(text)) == ("The answer.", "So <b> what?")
        quoted = f"The tags are {opening} and {closing}."
        assert shared([quoted]) == shared(list(quoted)) == (quoted, "")


def test_marks_around_an_answer_behind_reasoning_are_left_out() -> None:
    for opening, closing in ANSWER_TAGS.items():
        for answer in ("The answer.", f"Write {opening} and {closing} there.", ""):
            for end in (closing, f"\n{closing}\n", ""):
                text = f"<think>Hm</think>\n{opening}\n{answer}{end}"
                assert shared([text]) == shared(list(text)) == (answer, "Hm")
        bare = f"{opening}Hello{closing}"
        assert shared([bare]) == shared(list(bare)) == (bare, "")


def test_words_that_end_reasoning_make_reasoning_of_all_before_them() -> None:
    for opening, closing in AMBIGUOUS_TAGS.items():
        text = f"{opening} Hm.\n\n{closing}\n\nThe answer."
        assert shared([text]) == shared(list(text)) == ("The answer.", f"{opening} Hm.\n\n")
        open_ended = f"{opening} Hm. And so on."
        for plain in (open_ended, f"First: {opening} Hm. {closing} So.", opening[:7]):
            assert shared([plain]) == shared(list(plain)) == (plain, "")


def test_words_that_end_no_reasoning_leave_tags_alone() -> None:
    text = "Here is my thought process: hm.</think>So."
    for parts in ([text], list(text)):
        assert shared(parts) == ("So.", "Here is my thought process: hm.")


def test_an_answer_that_may_begin_so_is_shown_as_it_comes() -> None:
    splitter = TagSplitter()
    for word in ("Here", " is", " my", " thought", " process", ":", " I", " think"):
        assert splitter.feed(word).text == word


def test_after_some_doubts_no_tag_counts_however_the_text_is_cut() -> None:
    """Each look reads all the text: thousands of them in one chunk took minutes."""
    text = "`</think>`" * MOST_DOUBTS + "\n\nNot a </think> tag."
    assert shared([text]) == shared(list(text)) == (text, "")
    text = "```\n" + "</think>\n" * 10_000
    assert shared([text[n : n + 1000] for n in range(0, len(text), 1000)]) == (text, "")


def test_much_space_before_the_first_word_is_let_through() -> None:
    """Each part is looked at alone: together with all before it, that would take minutes."""
    assert shared([" "] * 50_000 + ["<think>"]) == (" " * 50_000 + "<think>", "")


async def test_a_closing_tag_in_a_stream_makes_reasoning_of_all_text_before_it() -> None:
    for parts in (["Hm, ", "well.</thi", "nk>So."], ["Hm, well.</think>", "So."]):
        got = await stream(*map(chunk, parts), STOP)
        assert (got.reasoning, got.answer) == ("Hm, well.", "So.")
        assert [piece.recast for piece in got.pieces].count(True) == 1
    got = await stream(chunk("I think so.</think>"), DONE)
    assert [piece.text for piece in got.pieces] == ["I think so.", ""]
    assert got.pieces[-1].recast
