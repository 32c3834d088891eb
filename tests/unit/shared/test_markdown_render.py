"""The canonical HTML: what markdown becomes, element by element."""

import pytest

from tests.support.rendered import plain
from tests.unit.shared.allowed_html import outline

REL = 'rel="noopener noreferrer nofollow"'

EXAMPLES = {
    "a *b* **c** ~~d~~": "<p>a <em>b</em> <strong>c</strong> <del>d</del></p>",
    "a  \nb\nc": "<p>a<br>b\nc</p>",
    "## Title": "<h4>Title</h4>",
    "###### Title": "<h6>Title</h6>",
    "***": "<hr>",
    "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
    "3. a\n\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "- [x] a": '<ul><li><input type="checkbox" disabled="" checked=""> a</li></ul>',
    "- [ ] a": '<ul><li><input type="checkbox" disabled=""> a</li></ul>',
    "> a": "<blockquote><p>a</p></blockquote>",
    "> [!NOTE]\n> a": '<blockquote class="alert alert-note">'
    '<p class="alert-title">Note</p><p>a</p></blockquote>',
    "```q++ x\na<b http://c.example\n```": '<pre data-language="q++"><code class="language-q++">'
    "a&lt;b http://c.example\n</code></pre>",
    '```"><i>\na\n```': "<pre><code>a\n</code></pre>",
    "    a": "<pre><code>a</code></pre>",
    "|a|b|c|\n|-|:-:|-:|\n|1|2<br>3|`x`|": "<table><thead><tr><th>a</th>"
    '<th class="align-center">b</th><th class="align-right">c</th></tr></thead><tbody><tr>'
    '<td>1</td><td class="align-center">2<br>3</td><td class="align-right"><code>x</code></td>'
    "</tr></tbody></table>",
    '[a](http://b.example "c")': f'<p><a href="http://b.example" title="c" {REL}>a</a></p>',
    "<a@b.example>": f'<p><a href="mailto:a@b.example" {REL}>a@b.example</a></p>',
    "(http://a.example/b_(c)).": f'<p>(<a href="http://a.example/b_(c)" {REL}>'
    "http://a.example/b_(c)</a>).</p>",
    "![a *b*](http://c.example/i.png)": '<p><a href="http://c.example/i.png" class="remote-image" '
    f"{REL}>a <em>b</em></a></p>",
    "![](http://c.example)": '<p><a href="http://c.example" class="remote-image" '
    f"{REL}>image</a></p>",
    "[![a](http://i.example)](http://b.example)": f'<p><a href="http://b.example" {REL}>a</a></p>',
    "<b>a</b> List<String>": "<p>&lt;b&gt;a&lt;/b&gt; List&lt;String&gt;</p>",
    "<std::vector>": "<p>&lt;std::vector&gt;</p>",
    "<div>\n*a*\n</div>": '<pre><code class="language-html">'
    "&lt;div&gt;\n*a*\n&lt;/div&gt;</code></pre>",
    "<br>": '<pre><code class="language-html">&lt;br&gt;</code></pre>',
    "[a](javascript:b) [c](/d) ![e](data:f)": "<p>a c e</p>",
    "a &amp; &lt; & \\< \"b\" 'c'": "<p>a &amp; &lt; &amp; &lt; \"b\" 'c'</p>",
    "\0": "<p>\N{REPLACEMENT CHARACTER}</p>",
    "\ud83d\ud83d": "<p>\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}</p>",
    "[a]: http://b.example": "",
    " \n\r\n ": "",
}


@pytest.mark.parametrize("source", EXAMPLES)
def test_markdown_becomes_html(source: str) -> None:
    assert plain(source) == EXAMPLES[source]


def test_each_block_has_its_number_and_what_shows_nothing_has_none() -> None:
    html = plain("# a\n\n[r]: http://b.example\n\n[r]\n\n---\n", id_prefix="message_7")
    assert outline(html).roots == ["message_7_b0", "message_7_b1", "message_7_b2"]


def test_footnotes_lead_to_ids_of_their_own_message() -> None:
    html = plain("a[^N 1]\n\n[^n 1]: b\n\n[^n 1]: c", id_prefix="message_7")
    assert '<a href="#message_7_fn_n-20-1"' in html
    assert outline(html).ids.count("message_7_fn_n-20-1") == 1


@pytest.mark.parametrize("prefix", ["", "7", 'a"b', "a b", "a\n"])
def test_a_prefix_that_is_no_plain_id_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="element id"):
        plain("a", id_prefix=prefix)


@pytest.mark.parametrize("prefix", ["", "> "])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_few_characters_cannot_ask_for_thousands_of_empty_cells(
    prefix: str, line_end: str
) -> None:
    rows = ["|" + "a|" * 500, "|" + "-|" * 500, *["a|"] * 2_000]
    table = "".join(prefix + row + line_end for row in rows)
    assert plain(table).count("<td></td>") <= 10_000


def test_a_table_may_leave_some_cells_out() -> None:
    html = plain("| a | b | c |\n|---|---|---|\n| 1 |\n")
    assert html.count("<td></td>") == 2
