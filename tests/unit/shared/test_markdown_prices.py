"""Dollar signs that delimit no formula: what stands between them is markdown like any other."""

import pytest

from tests.unit.shared.allowed_html import outline
from tests.unit.shared.markdown_documents import shown

PRICES = {
    "A **$1** b **$2** c": "A <strong>$1</strong> b <strong>$2</strong> c",
    "A *$1* b *$2* c": "A <em>$1</em> b <em>$2</em> c",
    "A _$1_ b __$2__ c": "A <em>$1</em> b <strong>$2</strong> c",
    "A ~~$1~~ b ~~$2~~ c": "A <del>$1</del> b <del>$2</del> c",
    "A ***$1*** b ***$2***": "A <em><strong>$1</strong></em> b <em><strong>$2</strong></em>",
    "**$5**/**$10**": "<strong>$5</strong>/<strong>$10</strong>",
    "**$5**–$10 or **$1,000.50**–**$2M**": "<strong>$5</strong>–$10 or "
    "<strong>$1,000.50</strong>–<strong>$2M</strong>",
    "**$5-$10** and **$6**": "<strong>$5-$10</strong> and <strong>$6</strong>",
    "**€1** or **$2**, **£3** or **$4**": "<strong>€1</strong> or <strong>$2</strong>, "
    "<strong>£3</strong> or <strong>$4</strong>",
    "**US$5** or **US$6**": "<strong>US$5</strong> or <strong>US$6</strong>",
    "**5$** or **6$**": "<strong>5$</strong> or <strong>6$</strong>",
    r"**\$5** or **$6** or **\$7**": "<strong>$5</strong> or <strong>$6</strong> or "
    "<strong>$7</strong>",
    "`$a` **$1** `$2` **$3**": "<code>$a</code> <strong>$1</strong> <code>$2</code> "
    "<strong>$3</strong>",
    "$1 `code` and $2 `more`": "$1 <code>code</code> and $2 <code>more</code>",
    "set **$HOME** and **$PATH**": "set <strong>$HOME</strong> and <strong>$PATH</strong>",
    "(*$a*) (*$b*)": "(<em>$a</em>) (<em>$b</em>)",
    r"\(**a**\] b": "(<strong>a</strong>] b",
    "**$$5** or **$$6**": "<strong>$$5</strong> or <strong>$$6</strong>",
    "a <br> $1<br>$2": "a <br> $1<br>$2",
}
FRAMES = ("{}", "# {}", "- {}", "1. a\n   > {}", "> {}", "{}\n\n{}", "[^1] b\n{}")
FORMULAS = {
    "**$1** and $x$ and **$2**": ["x"],
    "$x$, **$1**, $y$, **$2**, $z$": ["x", "y", "z"],
    "from $5 to $10: $2x + 1$": ["2x + 1"],
    "the $n$th of **$1** or **$2**": ["n"],
    "**$1** or **$2** for\n$$\ny\n$$\n**$3** or **$4**": ["y"],
    r"**$1** or **$2** for \(z\) or \[w\]": ["z", "w"],
    "$a * b$ and $c * d$": ["a * b", "c * d"],
    "$a^*$ and $b^*$": ["a^*", "b^*"],
}
ADDRESSES = ("http://a.example/$x", "http://b.example/?$y", "http://c.example")


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("source", PRICES)
def test_each_price_is_emphasised_and_nothing_else(source: str, frame: str) -> None:
    html = shown(frame.replace("{}", source))
    assert html.count(PRICES[source]) == frame.count("{}")
    assert "<math" not in html


def test_the_cells_of_a_table_have_their_own_prices() -> None:
    html = shown("| **$1** b **$2** | *$3* |\n|-|-|\n| ~~$4~~ c *$5* | **$6** |\n")
    for price in ("<strong>$1</strong> b <strong>$2</strong>", "<del>$4</del> c <em>$5</em>"):
        assert price in html
    assert outline(html).text == "$1 b $2$3$4 c $5$6"


def test_a_price_may_be_a_link() -> None:
    html = shown(
        "[$1](http://a.example/$x) or [**$2**](http://b.example/?$y) or ![$3](http://c.example)"
    )
    assert [html.count(f'href="{address}"') for address in ADDRESSES] == [1, 1, 1]
    assert outline(html).text == "$1 or $2 or $3"


@pytest.mark.parametrize("source", FORMULAS)
def test_formulas_beside_prices_stay_formulas(source: str) -> None:
    html = shown(source)
    for tex in FORMULAS[source]:
        assert html.count(f'<annotation encoding="application/x-tex">{tex}</annotation>') == 1
    assert html.count("<math") == len(FORMULAS[source])
    assert html.count("<strong>$") == source.count("**$")


def test_what_seems_a_formula_after_the_last_reading_is_prose() -> None:
    source = "".join(f"US${number}" for number in range(2_000))
    assert shown(source) == f"<p>{source}</p>"


@pytest.mark.parametrize("source", ["\x1a", "`\x1a`", "**\x1a5**", "[a](http://b.example/\x1a)"])
def test_what_stands_for_a_dollar_cannot_come_from_outside(source: str) -> None:
    assert "$" not in shown(source)
    assert "\x1a" not in shown(source)
