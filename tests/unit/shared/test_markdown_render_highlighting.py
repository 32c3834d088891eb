"""Code with its words coloured: the same text, in a bounded time, whatever it is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name

from services.shared.markdown import render
from services.shared.markdown.highlighting import highlight, is_long
from services.shared.markdown.languages import LANGUAGES, known_language
from services.shared.markdown.text_cache import TextCache
from tests.unit.shared.allowed_html import outline, reads_as_written

CODE = Path(__file__).read_text(encoding="utf-8")[:2_000] + "\n"
PIECES = (
    "'",
    '"',
    "/*",
    "<b>",
    "&amp;",
    "\\",
    "{",
    "}",
    "\n",
    " ",
    "x",
    "def ",
    "1",
    "#",
    "<?php ",
)


def test_code_has_a_label_and_colours() -> None:
    assert render("```py\nx = 'a<b'  # c\n```\n") == (
        '<pre data-language="py"><code class="language-py">x = '
        '<span class="s1">\'a&lt;b\'</span>  <span class="c1"># c</span>\n</code></pre>'
    )


@pytest.mark.parametrize("info", ["nosuch", "text", "{.python}", "python:main.py", '"onclick=x'])
def test_code_in_no_known_language_is_plain(info: str) -> None:
    assert "<span" not in render(f"```{info}\nx = 1\n```\n")


def test_a_language_that_is_named_is_a_label_even_if_it_is_not_known() -> None:
    assert '<pre data-language="nosuch"><code class="language-nosuch">' in render(
        "```nosuch\na\n```"
    )


def test_code_in_an_item_or_a_quotation_is_coloured_as_well() -> None:
    assert '<span class="mi">1</span>' in render("- a\n\n  ```py\n  x = 1\n  ```\n")
    assert '<span class="mi">1</span>' in render("> ```py\n> x = 1\n> ```\n")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_is_known_to_pygments_and_colours_nothing_away(language: str) -> None:
    assert get_lexer_by_name(language).aliases
    html = highlight(CODE, language)
    assert html is not None
    assert _text(html) == CODE


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=30).map("".join),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_whatever_stands_in_code_is_shown_and_nothing_else(code: str, language: str) -> None:
    document = f"````{language}\n{code}\n````\n"
    html = render(document)
    outline(html)
    assert reads_as_written(html)
    assert _text(html) == _text(render(document.replace(language, "nosuch", 1)))


def test_very_long_code_is_plain() -> None:
    assert highlight("x = 1\n" * 2_001, "python") is None
    assert highlight(f"x = '{'a' * 2_000}'\n", "python") is None
    assert highlight("# x\n" * 1_000 + "#" * 1_900 * 60, "python") is None
    assert highlight("x = 1\n" + "\n" * 100, "python") is None


def test_code_that_takes_a_lexer_too_long_is_plain() -> None:
    assert highlight(("/* " * 20 + "\n") * 1_500, "javascript") is None
    assert highlight(("/* " * 20 + "*/\n") * 15, "javascript") is not None


def test_long_code_is_known_for_what_it_costs() -> None:
    assert is_long("x = 1  # a line of code\n" * 200)
    assert not is_long("x = 1\n" * 20)


def test_names_of_languages_have_any_case_and_the_usual_short_forms() -> None:
    assert [known_language(name) for name in ("Python", "py", "C++", "sh", "JS", "yml", "")] == [
        *("python", "python", "cpp", "bash", "javascript", "yaml", None)
    ]


def test_the_cache_keeps_what_was_used_last_within_its_bytes() -> None:
    cache, made = TextCache(10_000), list[str]()

    def make(name: str) -> str | None:
        made.append(name)
        return name * 500

    for name in "abcdefghijabcdefghijj":
        assert cache.get((name,), lambda name=name: make(name)) == name * 500  # type: ignore[misc]
    assert made == list("abcdefghijabcdefghij")[:10]
    for number in range(100):
        cache.get((f"{number}",), lambda: "x" * 500)
    assert cache.size <= 10_000
    assert cache.get(("big",), lambda: "x" * 20_000) == "x" * 20_000
    assert cache.size <= 10_000


def _text(html: str) -> str:
    return outline(html if html.startswith("<p") else f"<pre><code>{html}</code></pre>").text
