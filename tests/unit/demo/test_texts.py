"""The demo model's tokens and quotations."""

import pyromark
from hypothesis import given
from hypothesis import strategies as st

from services.demo.answers import quote
from services.demo.tokens import split_tokens

MARKDOWN = (
    pyromark.Options.ENABLE_GFM
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_SUPERSCRIPT
    | pyromark.Options.ENABLE_SUBSCRIPT
    | pyromark.Options.ENABLE_WIKILINKS
)


@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(split_tokens(text)) == text


@given(st.text(alphabet=st.sampled_from("ab \n\\`*_[](){}<>#|~$&!^:@.-+1=/\u202e")))
def test_a_quoted_question_brings_no_markup(question: str) -> None:
    html = pyromark.html(f"You asked: “{quote(question)}”", options=MARKDOWN)
    assert html.count("<") == len(("<p>", "</p>"))
