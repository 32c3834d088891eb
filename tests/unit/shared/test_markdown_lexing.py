"""That trying fewer rules finds the same tokens as Pygments' own lexers do."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name

from services.shared.markdown.first_characters import bit, first_characters
from services.shared.markdown.languages import LANGUAGES
from services.shared.markdown.lexing import Token, tokens

PIECES = (
    *("'", '"', "`", '"""', "/*", "*/", "//", "#", "--", "<!--", "<a b='c'>", "</", "<?php ", "${"),
    *("{", "}", "(", ")", "[", "]", ";", ":", "=", "\\", "\n", "\n\n", " ", "    ", "\t", "@", "|"),
    *("def f", "class X", "if", "END", "select", "$x", "0x1F", "1.5e3", "x_1", "f'{a}'", "r#", "é"),
    *("<<EOF\n", "EOF\n", "%w(", "=begin\n", "&&", "\x80", "漢", "\xa0", "\N{KELVIN SIGN}"),
    *("\N{LATIN SMALL LETTER LONG S}", "\N{LATIN SMALL LETTER DOTLESS I}", "\N{NULL}"),
)
PATTERNS = (
    *("abc", "[a-f]+x", "[^a-f]", r"[^\W_]y", r"\d+|\s*z", "(?:a|b?)c", "(?=x)[wx]", "(a)?b", ".x"),
    *(
        "(?i)k[a-c]",
        "(?i:s)x",
        "(?i)[^k]",
        "(?i)\u0131x",
        "(?s).y",
        "(?>ab|c)d",
        "a*+b",
        "$|a",
        "^",
    ),
    *("é|a", "[à-ü]x", r"\b\w", "(?<!a)b{2,3}?", "(?x) a # b\n", "(?i)[a-z]", r"(x)\1", "[\x7f-ÿ]"),
)


def by_pygments(code: str, language: str) -> list[Token]:
    options = {"ensurenl": False, "stripnl": False, "handlecodeblocks": False}
    lexer = get_lexer_by_name(language, **options, startinline="<?" not in code)
    return [(kind, text) for _, kind, text in lexer.get_tokens_unprocessed(code)]


def shown(found: list[Token]) -> list[Token]:
    return [token for token in found if token[1]]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_tokens_are_those_of_pygments(language: str) -> None:
    for code in (Path(__file__).read_text(encoding="utf-8"), "".join(PIECES), "\n".join(PIECES)):
        assert shown(list(tokens(code, language))) == shown(by_pygments(code, language))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_the_tokens_are_those_of_pygments_whatever_the_code(code: str, language: str) -> None:
    assert shown(list(tokens(code, language))) == shown(by_pygments(code, language))


@settings(max_examples=20, deadline=None)
@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_a_match_begins_with_one_of_the_first_characters(pattern: str, data: st.DataObject) -> None:
    compiled = re.compile(pattern)
    text = data.draw(st.from_regex(compiled))
    for found in compiled.finditer(text):
        if found[0]:
            assert first_characters(compiled) & bit(found[0][0])


def test_most_characters_leave_few_rules() -> None:
    assert first_characters(re.compile("(?:def|class)\\b")) == bit("d") | bit("c")
    assert first_characters(re.compile("(?i)for")) == bit("f") | bit("F")
    assert not first_characters(re.compile("[^\\S\\n]+")) & bit("\n")
    assert first_characters(re.compile("\\s*x")) & bit("\t")
    for may_be_empty in ("", "a*", "^", "(?=a)", "(a)|"):
        assert first_characters(re.compile(may_be_empty)) & bit("z")
