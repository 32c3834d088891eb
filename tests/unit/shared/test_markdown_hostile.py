"""What nobody may get into a page, and what may not take a page's time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.shared.markdown.safety.sanitizer import sanitize
from services.shared.markdown.safety.trusted_html import insertion, text_html, with_insertions
from tests.support.rendered import plain
from tests.unit.shared.allowed_html import ALLOWED, outline, reads_as_written
from tests.unit.shared.hostile_markdown import COSTLY, HOSTILE
from tests.unit.shared.specification import examples

FRAMES = [
    *("{}", "a {}", "- {}", "> {}\n> {}", "**{}**", "[{}](http://x.example)", "# {}", "${}$"),
    *("`{}`", "```js\n{}\n```", "[^1]: {}\n\n[^1]", "|a|\n|-|\n|{}|", r"\({}\)", "1. a\n   {}"),
]
PIECES = [*HOSTILE, *(source for _, source in examples()), *("$", "`", "\\(", "\\]", "> ", "\n\n")]


def test_what_stands_for_signs_within_the_sanitiser_is_no_sign() -> None:
    marks = "".join(f"&#x{number:x};" for number in range(0xFDD0, 0xFDF0))
    assert plain(f"a{marks}b") == f'<p dir="auto">a{"\N{REPLACEMENT CHARACTER}" * 32}b</p>'
    assert plain("a\xa0&nbsp;&amp;b") == '<p dir="auto">a&nbsp;&nbsp;&amp;b</p>'


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("frame", FRAMES)
def test_hostile_markdown_ends_harmless(source: str, frame: str) -> None:
    html = plain(frame.replace("{}", source), id_prefix="message_7")
    outline(html)
    assert reads_as_written(html)


@pytest.mark.parametrize(
    "source", [text for text in HOSTILE if "<script" in text and "```py" not in text]
)
def test_raw_html_is_shown_as_text(source: str) -> None:
    assert "script" in outline(plain(source, id_prefix="message_7")).text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join))
def test_every_document_is_balanced_allowed_html_with_unique_ids(document: str) -> None:
    html = plain(document, id_prefix="message_7")
    found = outline(html)
    assert len(set(found.ids)) == len(found.ids)
    assert found.roots == [f"message_7_b{number}" for number in range(len(found.roots))]
    assert reads_as_written(html)


@pytest.mark.parametrize("source", COSTLY.values(), ids=COSTLY.keys())
def test_costly_markdown_is_rendered_whole_and_harmless(source: str) -> None:
    outline(plain(source, id_prefix="message_7"))


@pytest.mark.parametrize("source", [text for text in COSTLY.values() if "$" not in text])
def test_costly_markdown_asks_for_no_more_html_than_its_length_can(source: str) -> None:
    assert len(plain(source)) < 60 * len(source) + 1_000


def test_an_insertion_passes_the_sanitiser_as_it_is() -> None:
    html = '<math display="inline"><mi>x&lt;\xa0"</mi></math>'
    assert sanitize(f"<p>{insertion(html)}</p>") == f"<p>{html}</p>"


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
