"""Code with its words coloured: the same text, whatever it is."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name

from services.shared.highlighting.code import MAX_LENGTH, code_to_colour
from services.shared.highlighting.languages import LANGUAGES, known_language
from services.shared.highlighting.worker import highlighted
from services.shared.markdown import render
from tests.support.cases import each_of
from tests.support.rendered import coloured, plain, without_colours
from tests.unit.shared.markdown.allowed_html import outline, reads_as_written

CODE = Path(__file__).read_text(encoding="utf-8")[:2_000] + "\n"
PIECES = (
    *("'", '"', "/*", "<b>", "&amp;", "\\", "{", "}", "\n", " ", "x", "def ", "1", "#", "<?php "),
    *("\r", "\t", "\ufeff", "\xa0", "\ufdd3", "\u2028", "é", "🙂"),
)


def test_code_has_a_label_and_colours() -> None:
    assert coloured("```py\nx = 'a<b'  # c\n```\n") == (
        '<pre data-language="py" dir="ltr"><span class="code-head">'
        '<span class="code-head__language">py</span><button type="button" class="copy">Copy'
        '</button></span><code class="language-py">x = '
        '<span class="s1">\'a&lt;b\'</span>  <span class="c1"># c</span>\n</code></pre>'
    )


def test_code_without_its_colours_is_the_same_but_for_them() -> None:
    source = "a\n\n```py\nx = 'a<b'  # c\n```\n\n> ```c\n> int x;\n> ```\n"
    assert plain(source) != coloured(source)
    assert outline(plain(source)).text == outline(coloured(source)).text


@each_of(["nosuch", "text", "{.python}", "python:main.py", '"onclick=x'])
def test_code_in_no_known_language_is_plain(info: str) -> None:
    assert render(f"```{info}\nx = 1\n```\n").codes == ()


def test_a_language_that_is_named_is_a_label_even_if_it_is_not_known() -> None:
    html = plain("```nosuch\na\n```")
    assert '<pre data-language="nosuch" dir="ltr">' in html
    assert '<code class="language-nosuch">' in html
    assert outline(html).labels == ["nosuch", "Copy"]


def test_code_in_an_item_or_a_quotation_is_coloured_as_well() -> None:
    assert '<span class="mi">1</span>' in coloured("- a\n\n  ```py\n  x = 1\n  ```\n")
    assert '<span class="mi">1</span>' in coloured("> ```py\n> x = 1\n> ```\n")
    deep = "> " * 12
    assert '<span class="mi">1</span>' in coloured(f"{deep}```py\n{deep}x = 1\n{deep}```\n")
    assert '<span class="mi">1</span>' in coloured("[^a]: b\n\n    ```py\n    x = 1\n    ```\n")


@each_of(sorted(LANGUAGES))
def test_each_language_is_known_to_pygments_and_colours_nothing_away(language: str) -> None:
    assert get_lexer_by_name(language).aliases
    html = highlighted(language, CODE)
    assert html is not None
    assert _text(html) == CODE


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=30).map("".join),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_whatever_stands_in_code_is_shown_and_nothing_else(code: str, language: str) -> None:
    document = f"````{language}\n{code}\n````\n"
    html = coloured(document)
    outline(html)
    assert reads_as_written(without_colours(html))
    assert _text(html) == _text(plain(document))


def test_very_long_code_is_plain() -> None:
    assert code_to_colour("x" * MAX_LENGTH, "python") is not None
    assert code_to_colour("x" * (MAX_LENGTH + 1), "python") is None


def test_names_of_languages_have_any_case_and_the_usual_short_forms() -> None:
    assert [known_language(name) for name in ("Python", "py", "C++", "sh", "JS", "yml", "")] == [
        *("python", "python", "cpp", "bash", "javascript", "yaml", None)
    ]


def _text(html: str) -> str:
    return outline(html if html.startswith("<p") else f"<pre><code>{html}</code></pre>").text
