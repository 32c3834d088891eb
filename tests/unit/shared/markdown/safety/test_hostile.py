"""Hostile markdown gets nothing into a page, and costs no more than its length."""

from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from services.shared.markdown.safety.sanitizer import sanitize
from services.shared.markdown.safety.trusted_html import insertion, text_html, with_insertions
from services.shared.markdown.words import plain_words
from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.allowed_html import ALLOWED, outline, reads_as_written
from tests.unit.shared.markdown.documents import PREFIX, fed, in_pieces, stream
from tests.unit.shared.markdown.hostile import HOSTILE, costly
from tests.unit.shared.markdown.specification import examples

FRAMES = [
    *("{}", "a {}", "- {}", "> {}\n> {}", "**{}**", "[{}](http://x.example)", "# {}", "${}$"),
    *("`{}`", "```js\n{}\n```", "[^1]: {}\n\n[^1]", "|a|\n|-|\n|{}|", r"\({}\)", "1. a\n   {}"),
]
PIECES = [*HOSTILE, *(source for _, source in examples()), *("$", "`", "\\(", "\\]", "> ", "\n\n")]
COSTLY = costly(share=0.01)


@each_of(HOSTILE)
def test_hostile_markdown_ends_harmless_wherever_it_stands(source: str) -> None:
    for frame in FRAMES:
        assert_harmless(plain(frame.replace("{}", source), id_prefix=PREFIX))
    assert reads_as_written(sanitize(source))
    assert plain_words(source) == " ".join(plain_words(source).split())
    if "<script" in source and "```py" not in source:
        assert "script" in outline(plain(source, id_prefix=PREFIX)).text


@each_of(HOSTILE)
def test_hostile_markdown_is_harmless_at_every_piece(source: str) -> None:
    states = stream(in_pieces(f"- a\n- {source}\n\n{source}", 12)).states
    for html in dict.fromkeys(chain.from_iterable(states)):
        assert_harmless(html)


@each_of(COSTLY)
def test_costly_markdown_is_harmless_and_no_longer_than_its_source_can_ask_for(source: str) -> None:
    html = plain(source, id_prefix=PREFIX)
    outline(html)
    assert "$" in source or len(plain(source)) < 60 * len(source) + 1_000
    assert fed(in_pieces(source, 512))[0].whole == html


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join))
def test_every_document_is_balanced_allowed_html_with_unique_ids(document: str) -> None:
    html = plain(document, id_prefix=PREFIX)
    found = outline(html)
    assert len(set(found.ids)) == len(found.ids)
    assert found.roots == [f"{PREFIX}_b{number}" for number in range(len(found.roots))]
    assert reads_as_written(html)


def test_what_stands_for_signs_within_the_sanitiser_is_no_sign() -> None:
    marks = "".join(f"&#x{number:x};" for number in range(0xFDD0, 0xFDF0))
    assert plain(f"a{marks}b") == f'<p dir="auto">a{"\N{REPLACEMENT CHARACTER}" * 32}b</p>'
    assert plain("a\xa0&nbsp;&amp;b") == '<p dir="auto">a&nbsp;&nbsp;&amp;b</p>'


def test_an_insertion_passes_the_sanitiser_as_it_is() -> None:
    html = '<math display="inline"><mi>x&lt;\xa0"</mi></math>'
    assert sanitize(f"<p>{insertion(html)}</p>") == f"<p>{html}</p>"


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(categories=["Cn", "Ll"], include_characters="<>&\ufdef\ufde0\ufde1")))
def test_no_text_is_taken_for_an_insertion(text: str) -> None:
    assert "<" not in with_insertions(text.replace("<", ""))
    assert "\ufdef" not in sanitize(f"<p>{text_html(text)}</p>")


def test_a_forged_insertion_is_no_html() -> None:
    forged = insertion("<b>").replace(insertion("")[1:5], "0000")
    assert outline(str(sanitize(f"<p>{forged}</p>"))).tags == ["p"]


def test_what_is_allowed_does_not_grow_unseen() -> None:
    never = {"script", "style", "iframe", "object", "embed", "form", "img", "svg", "link", "meta"}
    assert never.isdisjoint(ALLOWED)
    everything = "".join(f"<{tag} onclick=x style=y>a</{tag}>" for tag in sorted(never))
    assert outline(f"<p>{sanitize(everything)}</p>").tags == ["p"]


def assert_harmless(html: str) -> None:
    outline(html)
    assert reads_as_written(html)


def test_the_sanitiser_alone_refuses_addresses_and_ids_that_the_writer_never_makes() -> None:
    for address in ("data:text/html,a", "javascript:a", "/a", "//a", "#a b"):
        assert "href" not in sanitize(f'<a href="{address}">a</a>'), address
    for name in ("a b", "1", "a.b"):
        assert "id=" not in sanitize(f'<p id="{name}">a</p>'), name
    assert 'id="a_1"' in sanitize('<p id="a_1">a</p>')
