"""Dollar signs that delimit no formula: the text between them is ordinary markdown."""

from tests.support.cases import each_of
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import as_people_read, shown

PRICES = (
    *("A **$1** b **$2** c", "A *$1* b *$2* c", "A _$1_ b __$2__ c", "A ~~$1~~ b ~~$2~~ c"),
    *("A ***$1*** b ***$2***", "**$5**/**$10**", "**$5**–$10 or **$1,000.50**–**$2M**"),
    *("**$5-$10** and **$6**", "**€1** or **$2**, **£3** or **$4**", "**US$5** or **US$6**"),
    *("**5$** or **6$**", r"**\$5** or **$6** or **\$7**", "`$a` **$1** `$2` **$3**"),
    *("$1 `code` and $2 `more`", "set **$HOME** and **$PATH**", "(*$a*) (*$b*)"),
    *("**$$5** or **$$6**", "a <br> $1<br>$2"),
    "$1, $2, $3, $4, $5, $6, $7, $8, $9 and **$10** of *$11*",
    r"$1, \$2, `$3`, *$4*, $5, $6, $7, $8, $9, $10, $11 and **$12**",
    *("(see *$A*, $1, $2, $3, $4, $5, $6, $7, $8, $9 or *$B*)", "*b*, **$1** " * 12 + "!"),
    "Joe's ($$), Al's ($$$), Bob's ($$): **good**",
    *("Cheap ($), mid ($$), high ($$$), *top* ($$$$)", "*rating*: $$ (cheap), $$$ (mid)"),
    *("up to $$–$$$ and **$$–$$** or $$-$$$", "$, $$, $$$ *or* $$, $$", "`$$$` and **$$$**"),
)
VARIABLES = (
    *("It costs $5; use `$price` in PHP.", "It costs $5; use ``$price`` in PHP."),
    *("$1, $2, $3, $4, $5, $6, $7, $8 or `$x`", "The $HOME variable (or `$USER`) is set"),
    *("$50 – the `cost` and `$x` ok", "Preis 5$ (`$x`), 6$ `$y`"),
    *('x = $("#id").val(); y = $(".c"); `$` and $.ajax($x)', '"$HOME" and "$PATH" *a*'),
    *("'$HOME' or '$PATH' *a*", "$HOME/bin:$PATH *a*", "$(pwd)/$file and $(pwd)/$(ls)"),
    *('$GME/$AMC fell; ($NVDA) "$AMD"', "$10k-$x and $a+$b", "$A@$B, $a.$b, $c::$d, $e=$f"),
    *("$i*$j and $k|$l", "$user_$id and ${A}_${B}", "${HOME}/${USER} *a*"),
    *("Fees: $5 <kbd>$x</kbd> and $6<br>$y", "sed 's/a$/b/; s/c$/d/'"),
)
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
    "$n$th and $x$-values ($x_1$,$y$)": ["n", "x", "x_1", "y"],
    "$f'$s and $|V|$th and $e^-$s and $S^*$s": ["f'", "|V|", "e^-", "S^*"],
    r"the set $\{$a, b$\}$": [r"\{", r"\}"],
    r"$\text{a `b'}$ and $`x`$ and `$y`": [r"\text{a `b'}", "x"],
    r"\(x\)$y$ and \(z\)\(w\)": ["x", "y", "z", "w"],
    "$)$ and $($ and $,$": [")", "(", ","],
    "**$1**, $2, {$x$} or **$3** for $y$": ["x", "y"],
    r"CO$_2$ at 25$^\circ$C, 3$\times$3, H$_3$O": ["_2", r"^\circ", r"\times", "_3"],
    r"the k$^{th}$ of 10$\mu$m for $5 or $6": ["^{th}", r"\mu"],
}
ADDRESSES = ("http://a.example/$x", "http://b.example/?$y", "http://c.example")


@each_of((*PRICES, *VARIABLES), FRAMES)
def test_prices_and_variables_leave_markdown_as_people_read_it(source: str, frame: str) -> None:
    html = shown(frame.replace("{}", source))
    assert html.count(as_people_read(source)) == frame.count("{}")
    assert "math" not in html


def test_delimiters_that_do_not_match_and_dollars_within_words_are_text() -> None:
    assert shown(r"\(**a**\] b") == "<p>(<strong>a</strong>] b</p>"
    assert shown("US$_a and US$_b") == "<p>US$_a and US$_b</p>"


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


def test_code_may_be_a_link_behind_a_price() -> None:
    html = shown("Pay $5 via [`$cashtag`](http://a.example) or [x](http://a.example/$y), **$6**")
    assert '"><code>$cashtag</code></a> or <a href="http://a.example/$y"' in html
    assert html.endswith(", <strong>$6</strong></p>")


@each_of(["http://a.example/$$$", "http://a.example/$x"])
def test_an_address_may_have_dollars_anywhere(address: str) -> None:
    html = shown(f"$1, [a]({address}), <{address}> or **$2**\n\n[b]\n\n[c]({address})")
    assert html.count(f'href="{address}"') == 3


@each_of(FORMULAS)
def test_formulas_beside_prices_stay_formulas(source: str, formulas: list[str]) -> None:
    html = shown(source)
    for tex in formulas:
        assert html.count(f'<annotation encoding="application/x-tex">{tex}</annotation>') == 1
    assert html.count("<math") == len(formulas)
    assert html.count("<strong>$") == source.count("**$")


def test_what_seems_a_formula_after_the_last_reading_is_prose() -> None:
    source = "".join(f"US${number}" for number in range(200))
    assert shown(source) == f"<p>{source}</p>"


@each_of(["\x7f", "`\x7f`", "**\x7f5**", "[a](http://b.example/\x7f)"])
def test_what_stands_for_a_dollar_cannot_come_from_outside(source: str) -> None:
    assert "$" not in shown(source)
    assert "\x7f" not in shown(source)
