"""That a tail to which words are added is the one that would be written anew."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.shared.markdown import Splitter
from services.shared.markdown.stream import splitter
from services.shared.markdown.stream.open_end import append_words, is_words
from tests.unit.shared.markdown_documents import BLOCKS, FRAGMENTS, PREFIX

WORDS = (
    "word",
    " ",
    "a",
    "B c",
    " d, e",
    "it's",
    "?",
    "! f",
    "-",
    " - ",
    '"',
    "9",
    " 1",
    "é",
    "漢字",
)
RUNS_ON = {
    ("<p>a</p>", "a", " b"): "<p>a b</p>",
    ("<p>a</p>", "a  ", "b "): "<p>a  b</p>",
    ("<p>a</p>", "a", "  "): "<p>a</p>",
    ("<h3>a</h3>", "# a", "b"): "<h3>ab</h3>",
    ("<ul><li>a</li></ul>", "- a", ", b"): "<ul><li>a, b</li></ul>",
    ("<p>*a b</p>", "*a b", "c"): "<p>*a bc</p>",
}
ENDS = (
    *(("", "", "a"), ("<p>a</p>", "", "b"), ("<p>*</p>", "*", "a"), ("<p>a_</p>", "a_", "b")),
    *(
        ("<p>http://a</p>", "http://a", "b"),
        ("<p>a@b</p>", "a@b", "c"),
        ("<p>&amp;a</p>", "&a", "b"),
    ),
    *(("<pre><code>a</code></pre>", "    a", "b"), ("<p><em>a</em></p>", "*a*", "b")),
    *(("<p>a</p><hr>", "a", "b"), ("<p>b</p>", "a", "b"), ("<p>$x</p>", "$x", "y")),
)


@pytest.mark.parametrize(("html", "line", "words"), RUNS_ON)
def test_words_are_put_at_the_end_of_the_text(html: str, line: str, words: str) -> None:
    assert append_words(html, line, words) == RUNS_ON[html, line, words]


@pytest.mark.parametrize(("html", "line", "words"), ENDS)
def test_what_words_may_be_a_part_of_is_written_anew(html: str, line: str, words: str) -> None:
    assert append_words(html, line, words) is None


def test_only_what_means_nothing_in_markdown_is_words() -> None:
    assert all(map(is_words, WORDS))
    assert not any(map(is_words, ("", *"\n\t\r\x0b\xa0\\`*_{}[]()<>#+.:;|~=&$@/^%\u202e\ufdd1\0")))


@settings(max_examples=1_000, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS + BLOCKS + WORDS), max_size=8).map("".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
)
def test_a_tail_that_runs_on_is_the_one_that_is_written_anew(text: str, words: list[str]) -> None:
    running, anew = Splitter(PREFIX, begun=text), Splitter(PREFIX, begun=text)
    for piece in words:
        running.feed(piece)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(splitter, "is_words", lambda _piece: False)
            anew.feed(piece)
        assert running.open_end == anew.open_end
        assert running.done == anew.done
