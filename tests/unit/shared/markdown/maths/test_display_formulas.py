r"""Formulas on lines of their own: environments without dollars, and between \[ or `$$`."""

import re
from html import unescape
from itertools import product

from services.shared.markdown import Splitter
from tests.support.cases import each_of
from tests.unit.shared.markdown.documents import PREFIX, shown

ROWS = "a &= b_1 * c_2 \\\\\n+ d &= e^* < f [1] `g`? \\\\[4pt]\n- h &= \\text{i \\$ j & k}"
FORMULAS = {
    "equation": "\\begin{equation}\nE = mc^2 \\label{e}\n\\end{equation}",
    "equation*": "\\begin{equation*}\n  E = mc^2\n\\end{equation*}",
    "displaymath": "\\begin{displaymath}\nx\n\\end{displaymath}",
    "array": "\\begin{array}{cc}\n1 & 2 \\\\\n3 & 4\n\\end{array}",
    "one line": "\\begin{align} a &= b \\\\ c &= d \\end{align}",
    "split within": "\\begin{equation}\n\\begin{split}\na &= b \\\\\n&= c\n\\end{split}\n"
    "\\end{equation}",
    "cases within": "\\begin{align}\nf &= \\begin{cases}\n1 & x \\\\\n0 & y\n\\end{cases} \\\\\n"
    "\\end{align}",
    "the same within": "\\begin{cases}\n1 & \\begin{cases}\n2 \\\\ 3\n\\end{cases} \\\\\n4\n"
    "\\end{cases}",
    "an end without a star": "\\begin{align*}\na_1 &= b_1 \\\\\n\\end{align}",
    "blank lines": "\\begin{align}\n\na &= b \\\\\n\n\n&= c\n\n\\end{align}",
    "alignat": "\\begin{alignat}{2}\na & b \\\\\n+ c & d\n\\end{alignat}",
}
ENVIRONMENTS = (
    *("align", "align*", "aligned", "eqnarray", "eqnarray*", "flalign", "flalign*"),
    *("gather", "gather*", "gathered", "multline", "multline*", "split", "cases"),
    *("dcases", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"),
)
BETWEEN = (
    *("a_1\n+ b_1", "x\n- \\frac{1}{2} * y\n= z", "> 1\n# 2", "1. \\sqrt{2}"),
    *("\\begin{aligned}\n- a &= b\n\\end{aligned}", "\na \\quad b\n\n+ \\text{$c$}\n"),
)
BEHIND = (
    *("a = b\n- c\n+ d", "f(x) = \\begin{cases}\n1 & x > 0 \\\\\n- x & x \\le 0\n\\end{cases}"),
    *("x^2\n+ y^2", "a_1 * b\n> 1\n# c * d", "\\frac{1}{2}\n- 1"),
)
DELIMITED = (
    *product(BETWEEN, (("$$\n", "\n$$"), ("\\[\n", "\n\\]"))),
    *product(BEHIND, (("$$", "$$"), ("\\[", "\\]"), ("\\[ ", " \\]"), ("$$", "\n$$"))),
)
SOURCES = {
    "unknown": "\\begin{align}\na &= b \\\\\n\\intertext{and}\nc &= d\n\\end{align}",
    "no maths": f"\\begin{{align}}\n{ROWS}\n\\nosuch{{x}}\n\\end{{align}}",
    "without an end": f"\\begin{{align}}\n{ROWS}",
    "too long": "\\begin{align}\n" + "a &= b \\\\\n" * 210 + "\\end{align}",
    "nothing else": "\\begin{gather}",
}
FRAMES = {
    "alone": ("", "", ""),
    "paragraph": ("We have\n", "\nwhere **x** is", ""),
    "item": ("- ", "\n- b", "  "),
    "deep item": ("1. a\n   - b\n\n     ", "\n\n     c", "     "),
    "quotation": ("> ", "\n\nb", "> "),
    "item of a quotation": ("> 1. ", "\n> 2. b", ">    "),
    "alert": ("> [!NOTE]\n> ", "\n> b", "> "),
    "indented": ("  ", "\n\nb", "  "),
}


def framed(source: str, frame: tuple[str, str, str]) -> str:
    before, after, margin = frame
    return before + source.replace("\n", f"\n{margin}") + after


@each_of(ENVIRONMENTS)
def test_each_environment_is_known(name: str) -> None:
    source = f"\\begin{{{name}}}\na & b_1 \\\\\n+ c & d\n\\end{{{name}}}"
    assert words(annotation(shown(source))) == words(source)


@each_of(FORMULAS.values(), FRAMES.values())
def test_an_environment_is_a_formula(source: str, frame: tuple[str, str, str]) -> None:
    html = shown(framed(source, frame))
    assert html.count('<math display="block">') == html.count("<math") == 1
    assert words(annotation(html)) == words(source)
    assert "<code" not in html


@each_of(SOURCES.values(), FRAMES.values())
def test_what_cannot_be_converted_is_its_source(source: str, frame: tuple[str, str, str]) -> None:
    before, after, margin = frame
    apart = f"\n{margin.rstrip()}" if "end" not in source.rpartition("\n")[2] else ""
    html = shown(framed(source, (before, apart + after, margin)))
    code = re.search('<code class="math">([^<]*)</code>', html)
    assert code is not None
    assert words(unescape(code[1])).startswith(words(source))
    assert "\\\\" not in source or "\\\\" in code[1]


@each_of(DELIMITED, FRAMES.values())
def test_between_delimiters_there_is_no_list(
    formula: tuple[str, tuple[str, str]], frame: tuple[str, str, str]
) -> None:
    tex, ends = formula
    html = shown(framed(tex.join(ends), frame))
    assert html.count('<math display="block">') == html.count("<math") == 1
    assert words(annotation(html)) == words(tex)


def test_behind_a_bracket_anything_is_a_formula() -> None:
    assert shown("\\[ a\n- b\n+ c \\]").count("<math") == 1


def test_what_follows_the_end_of_a_formula_is_prose() -> None:
    html = shown("Here is:\n$$x^2\n+ y^2$$, *done*.\n\n- a\n")
    assert "</button></span>, <em>done</em>.</p><ul><li>a</li></ul>" in html


@each_of(["$$x^2", "\\[x", "\\[ ] a", "$$ a = b"])
def test_behind_a_begun_formula_without_an_end_nothing_changes(opening: str) -> None:
    html = shown(f"{opening}\n- *a*\n- b\n\nno $$ end \\] &\n\n*c*\n")
    assert "math" not in html
    assert html.count("<em>") == html.count("<li>") == 2


@each_of(["$$ (cheap)\n- a $$ b", "$$\n$$$\n- *a*", "$$, $$$\n- a"])
def test_ratings_are_no_formula(source: str) -> None:
    html = shown(source)
    assert "math" not in html
    assert html.count("<li>") == 1


@each_of(["Rated ($), ($$), ($$$):", r"A 3$\times$3 matrix:", "`$` is"])
def test_an_environment_follows_dollars_that_begin_no_formula(before: str) -> None:
    html = shown(f"{before}\n\\begin{{pmatrix}}\n1 & 2 \\\\\n- 3 & 4\n\\end{{pmatrix}}\n")
    assert html.count('<math display="block">') == 1
    assert "<li>" not in html


@each_of(["$$", "\\["], ["", "- *a*\n- b", "*a*\n\n> b", "\n*a* \\\\\n\nb", "\n# a"])
def test_behind_a_delimiter_alone_nothing_changes(opening: str, follows: str) -> None:
    html = shown(f"{opening}\n{follows}\n\n*c*\n")
    assert "math" not in html
    assert html.count("<em>") == 1 + follows.count("*a*")
    assert html.count("<li>") == follows.count("- ")


def test_an_escaped_bracket_is_no_formula() -> None:
    html = shown("- \\[ ] *a*\n- \\[ ] b & c\n\n\\[d\\](e)\n")
    assert "<li>[ ] <em>a</em></li><li>[ ] b &amp; c</li>" in html


@each_of(["next", "- a", "# b", "1. c", "> d", "**e**"])
def test_an_environment_without_an_end_ends_with_its_paragraph(follows: str) -> None:
    html = shown(f"\\begin{{align}}\na &= b \\\\\n\n{follows}\n")
    assert '<code class="math">\\begin{align}\na &amp;= b \\\\</code>' in html
    assert html.endswith(shown(follows))


def test_what_follows_the_end_is_prose() -> None:
    html = shown("\\begin{gather}\nx\n\\end{gather}, with **y**.\n\nz\n")
    assert "</button></span>, with <strong>y</strong>.</p><p>z</p>" in html


@each_of(
    ["```tex\n{}\n```", "```md\n```tex\n{}\n```\n```", "    a\n    {}", "~~~\n{}\n~~~"],
    [("\\begin{align}", "\\end{align}"), ("$$", "$$"), ("\\[", "\\]")],
)
def test_in_code_it_is_code(source: str, ends: tuple[str, str]) -> None:
    tex = f"{ends[0]}\n- a &= b \\\\\n\n+ \\c\n{ends[1]}"
    margin = "    " * source.startswith(" ")
    html = shown(source.replace("{}", tex.replace("\n", f"\n{margin}")))
    assert "<math" not in html
    assert tex.replace("&", "&amp;") in html


@each_of(["$$\n{}\n$$", "\\[\n{}\n\\]", "$$ x =\n{}\n$$", "$f =\n{}$", "\\(\n{}\n\\)"])
def test_between_delimiters_it_is_a_part_of_the_formula(source: str) -> None:
    html = shown(source.replace("{}", "\\begin{pmatrix}\n1 & 2 \\\\\n3 & 4\n\\end{pmatrix}"))
    assert html.count("<math") == 1
    assert "<code" not in html


@each_of([r"a \begin{align} b", r"`\begin{align}`", r"\begin{itemize}"])
def test_what_begins_elsewhere_is_prose(source: str) -> None:
    assert shown(f"{source}\n\n*b*\n") == shown(source) + "<p><em>b</em></p>"
    assert "math" not in shown(source)


def test_a_page_shows_the_source_while_it_comes() -> None:
    splitter = Splitter(PREFIX)
    for character in "\\begin{align}\na_1 &= b_1 \\\\\n+ c":
        splitter.feed(character)
    source = "\\begin{align}\na_1 &amp;= b_1 \\\\\n+ c"
    assert splitter.open_end == f'<p dir="auto"><code class="math" dir="ltr">{source}</code></p>'
    splitter.feed(" &= d\n\\end{align}")
    assert "<math" in splitter.open_end


def annotation(html: str) -> str:
    return unescape(html.partition('x-tex">')[2].partition("</annotation>")[0])


def words(text: str) -> str:
    return " ".join(text.split())
