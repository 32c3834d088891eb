"""Which text is a formula, its MathML, and the limit of formulas in one text."""

import pytest

from services.shared.markdown.maths import formulas
from services.shared.markdown.maths.formulas import formula_html
from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.allowed_html import outline, reads_as_written

FORMULAS = {
    "$x$": ("inline", "x"),
    r"\(x\)": ("inline", "x"),
    r"\( x \)": ("inline", "x"),
    "$`x`$": ("inline", "x"),
    "$$x$$": ("block", "x"),
    "$$\nx\n$$": ("block", "x"),
    r"\[x\]": ("block", "x"),
    "\\[\nx\n\\]": ("block", "x"),
    "the $n$th": ("inline", "n"),
    r"$x\$y$": ("inline", r"x\$y"),
    r"$$a \\[4pt] b$$": ("block", r"a \\[4pt] b"),
    r"**\(a_1 * b_1 * c\)**": ("inline", "a_1 * b_1 * c"),
    r"[\(x\)](http://a.example)": ("inline", "x"),
    "| a |\n|---|\n| $x$ |": ("inline", "x"),
}
PROSE = {
    **{text: text for text in ("$5 and $10", "$5-$10", "US$5 and US$6", "a$b$c", "$ x $", "$$")},
    r"\$x$": "$x$",
    r"\(x": "(x",
    r"x\)": "x)",
    r"\(x\]": "(x]",
    r"\[ \]": "[ ]",
    "`$x$`": "$x$",
    r"\\(x\\)": r"\(x\)",
    "[z\n\n$$": "[z$$",
    r"`\(x\)`": r"\(x\)",
    "    \\(x\\)": r"\(x\)",
    "```\n\\(x\\) \\[y\\]\n```": "\\(x\\) \\[y\\]\n",
    "<b a='\\(x\\)'>": r"<b a='\(x\)'>",
}
KNOWN = [
    r"\begin{aligned} a &= b \\[4pt] &= c \end{aligned}",
    r"\begin{align} a &= b \label{e} \\ &= c \nonumber \end{align}",
    r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{else} \end{cases}",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    r"\operatorname*{arg\,max}_\theta \sum_{i=1}^n \log p(x_i \mid \theta)",
    r"\int_0^\infty e^{-x^2}\,\mathrm{d}x = \frac{\sqrt{\pi}}{2}",
    r"\mathbb{E}\left[X\right] \implies \boldsymbol{\beta}^\top \mathscr{L}",
    r"\underbrace{a + b}_{c} \neq \overline{x} \cdot \binom{n}{k} \& \%",
]
REFUSED = [
    *(
        r"\nosuchcommand{x}",
        r"\def\a{x}\a",
        r"\newcommand{\a}{\b\b}\a",
        r"\frac{1}{",
        "x" * 2_001,
        " ",
    ),
    *(r"\href{javascript:alert(1)}{x}", r"\style{color:red}{x}", r"\class{a}{x}", r"\unicode{3c}"),
    *(r"\begin{nosuch}a & b\end{nosuch}", "{" * 500, r"\sqrt" * 300),
]


@each_of(FORMULAS)
def test_a_formula_becomes_mathml_with_its_source(source: str, expected: tuple[str, str]) -> None:
    display, tex = expected
    html = plain(source)
    assert f'<math display="{display}"><semantics><mrow>' in html
    assert f'<annotation encoding="application/x-tex">{tex}</annotation></semantics></math>' in html


@each_of(PROSE)
def test_what_is_no_formula_stays_as_it_is(source: str, text: str) -> None:
    html = plain(source)
    assert "<math" not in html
    assert outline(html).text == text


@each_of(KNOWN, [True, False])
def test_what_people_write_is_converted(tex: str, display: bool) -> None:
    html = formula_html(tex, display=display)
    assert html is not None
    assert reads_as_written(html)
    outline(html)


@each_of(REFUSED)
def test_a_formula_that_cannot_be_converted_is_none(tex: str) -> None:
    assert formula_html(tex, display=False) is None


def test_a_formula_that_cannot_be_converted_is_shown_as_its_source() -> None:
    expected = r'<p dir="auto">a <code class="math" dir="ltr">\nosuch{&lt;b&gt;}</code> b</p>'
    assert plain(r"a $\nosuch{<b>}$ b") == expected


def test_the_letters_of_a_formula_are_text_whatever_they_say() -> None:
    html = formula_html(r"\text{<script>&lt;&#x3c;</script>} < x", display=False)
    assert html is not None
    assert "<script" not in html
    assert outline(html).tags.count("mtext") == 1


def test_no_formula_pushes_the_page_away() -> None:
    html = formula_html(r"\hspace{999em}x\kern9999px\rule{99em}{99em}", display=False)
    assert html is not None
    assert "99" not in html.partition("<annotation")[0]


def test_the_formulas_of_one_text_are_bounded() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(formulas, "_BUDGET", 1_000)
        shown = plain("".join(f"$x_{{{number}}}$ " for number in range(100)))
    assert 0 < shown.count("<math") < 100
    assert shown.count("<math") + shown.count('<code class="math"') == 100
