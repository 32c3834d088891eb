"""Words that arrive are put at the end of the open end, which is not rendered again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.shared.markdown.stream.open_end import append_words, is_words
from tests.unit.shared.markdown.cases import each_of
from tests.unit.shared.markdown.documents import BLOCKS, FRAGMENTS
from tests.unit.shared.markdown.stream.properties import WORDS, check_words_appended

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


@each_of(RUNS_ON)
def test_words_are_put_at_the_end_of_the_text(before: tuple[str, str, str], after: str) -> None:
    assert append_words(*before) == after


@each_of(ENDS)
def test_what_words_may_be_a_part_of_is_rendered_again(before: tuple[str, str, str]) -> None:
    assert append_words(*before) is None


def test_only_what_means_nothing_in_markdown_is_words() -> None:
    assert all(map(is_words, WORDS))
    assert not any(map(is_words, ("", *"\n\t\r\x0b\xa0\\`*_{}[]()<>#+.:;|~=&$@/^%\u202e\ufdd1\0")))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS + BLOCKS + WORDS), max_size=8).map("".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
)
def test_an_open_end_with_words_appended_is_the_one_rendered_again(
    text: str, words: list[str]
) -> None:
    check_words_appended(text, words)
