"""The few HTML tags that take effect, and all others, which are text."""

from services.shared.markdown import Splitter
from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import PREFIX, in_pieces, shown, stream

IN_A_LINE = {
    "H<sub>2</sub>O": "H<sub>2</sub>O",
    "x<SUP>2</Sup >": "x<sup>2</sup>",
    "<kbd>Ctrl</kbd>+<kbd>`C`</kbd>": "<kbd>Ctrl</kbd>+<kbd><code>C</code></kbd>",
    "a<br>b<br/>c<BR />d": "a<br>b<br>c<br>d",
    "<sub>a <sup>*b*</sup></sub>": "<sub>a <sup><em>b</em></sup></sub>",
    "*a<sub>b</sub>* c": "<em>a<sub>b</sub></em> c",
    "**<sub>a** b</sub>": "<strong>&lt;sub&gt;a</strong> b&lt;/sub&gt;",
    "*<sub>a* *b</sub>*": "<em>&lt;sub&gt;a</em> <em>b&lt;/sub&gt;</em>",
    "<sub>a": "&lt;sub&gt;a",
    "a</sub>": "a&lt;/sub&gt;",
    "<sub>a</sup>": "&lt;sub&gt;a&lt;/sup&gt;",
    "<sub><sup>a</sub></sup>": "<sub>&lt;sup&gt;a</sub>&lt;/sup&gt;",
    "<sub/>a</sub>": "&lt;sub/&gt;a&lt;/sub&gt;",
    '<sub class="a">b</sub>': '&lt;sub class="a"&gt;b&lt;/sub&gt;',
    "a<br clear=all>": "a&lt;br clear=all&gt;",
    "`<sub>a</sub><br>`": "<code>&lt;sub&gt;a&lt;/sub&gt;&lt;br&gt;</code>",
    "<b>a</b> <u>b</u> <subs>c</subs>": "&lt;b&gt;a&lt;/b&gt; &lt;u&gt;b&lt;/u&gt; "
    "&lt;subs&gt;c&lt;/subs&gt;",
    "a <details>b</details>": "a &lt;details&gt;b&lt;/details&gt;",
    r"\<sub>a</sub>": "&lt;sub&gt;a&lt;/sub&gt;",
    "&lt;sub&gt;a&lt;/sub&gt;": "&lt;sub&gt;a&lt;/sub&gt;",
    "<br>\na *b*": "<br>\na <em>b</em>",
    "<sub>\na\n</sub>": "<sub>\na\n</sub>",
    "<sub>" * 20 + "a" + "</sub>" * 20: "&lt;sub&gt;" * 4
    + "<sub>" * 16
    + "a"
    + "</sub>" * 16
    + "&lt;/sub&gt;" * 4,
}
TEXT = "<p>text <strong>b</strong></p>"
SUMMARY = "<summary>S <em>a</em></summary>"
NEXT = "<p>next</p>"
FOLDED = f"<details>{SUMMARY}{TEXT}</details>{NEXT}"
DETAILS = {
    "<details>\n<summary>S *a*</summary>\n\ntext **b**\n\n</details>\n\nnext": FOLDED,
    "<details>\n\n<summary>S *a*</summary>\n\ntext **b**\n\n</details>\n\nnext": FOLDED,
    "<details>\n<summary>S *a*</summary>\ntext **b**\n</details>\n\nnext": FOLDED,
    "<details><summary>S *a*</summary>text **b**</details>\n\nnext": FOLDED,
    "<details>\n<summary>S *a*</summary>\n\ntext **b**</details>\n\nnext": FOLDED,
    "<DETAILS>\n<Summary>\nS *a*\n</summary>\n\ntext **b**\n\n</details >\nnext": FOLDED,
    "<details>\n<summary>S *a*\n\ntext **b**\n\n</details>\n\nnext": FOLDED,
    "<details>\n\ntext **b**": f"<details>{TEXT}</details>",
    "<details>\n<details>\n\ntext **b**\n\n</details>\n\n</details>\n\nnext": "<details><details>"
    f"{TEXT}</details></details>{NEXT}",
    "> <details>\n>\n> a\n\nnext": f"<blockquote><details><p>a</p></details></blockquote>{NEXT}",
    "- <details>\n\n  a\n\n  </details>\n\n  b\n- c": "<ul><li><details>"
    "<p>a</p></details><p>b</p></li><li>c</li></ul>",
    "<details>\n\n```\n</details>\n```\n\n</details>\n\nnext": "<details><pre><code>"
    f"&lt;/details&gt;\n</code></pre></details>{NEXT}",
    "<details>\n```\n</details>\n```\n</details>\n\nnext": "<details><pre><code>"
    f"&lt;/details&gt;\n</code></pre></details>{NEXT}",
    "<details> is an element.\n\n**b**": "<p>&lt;details&gt; is an element.</p>"
    "<p><strong>b</strong></p>",
    "- <details> – **a**\n- <summary> – b\n- </details> c": "<ul>"
    "<li>&lt;details&gt; – <strong>a</strong></li><li>&lt;summary&gt; – b</li>"
    "<li>&lt;/details&gt; c</li></ul>",
    "1. <details>: opens **it**": "<ol><li>&lt;details&gt;: opens <strong>it</strong></li></ol>",
    "<details open> is *a*": "<p>&lt;details open&gt; is <em>a</em></p>",
    "<details></details> hide": "<p>&lt;details&gt;&lt;/details&gt; hide</p>",
    "<details> <- so": "<p>&lt;details&gt; &lt;- so</p>",
    "<details> | b\n|-|-|\n| 1 | 2 |": '<div class="table-scroller"><table><thead><tr>'
    '<th scope="col">&lt;details&gt;</th><th scope="col">b</th></tr></thead><tbody><tr><td>1</td>'
    "<td>2</td></tr></tbody></table></div>",
    "```\n<details>\n```\n\nnext": f"<pre><code>&lt;details&gt;\n</code></pre>{NEXT}",
}
BEGUN = "<details>\n<summary>S *a*</summary>\n"
HTML = '<pre data-language="html"><code class="language-html">{}\n</code></pre>'
ROWS = "<table>\n<tr><td>x</td></tr>\n</table>"
ESCAPED_ROWS = "&lt;table&gt;\n&lt;tr&gt;&lt;td&gt;x&lt;/td&gt;&lt;/tr&gt;\n&lt;/table&gt;"
P = HTML.format("&lt;p&gt;x&lt;/p&gt;")
ENDS = {
    f"{BEGUN}<p>x</p>\n</details>\n\nnext": f"{P}</details>{NEXT}",
    f"{BEGUN}<p>x</p></details>next": f"{P}</details>{NEXT}",
    f"{BEGUN}\n{ROWS}\n</details>\n\nnext": f"{HTML.format(ESCAPED_ROWS)}</details>{NEXT}",
    f"{BEGUN}{ROWS}\n    </details>\nnext": f"{HTML.format(ESCAPED_ROWS)}</details>{NEXT}",
    f"{BEGUN}\ntext **b**</details> next": f"{TEXT}</details>{NEXT}",
    f"{BEGUN}text **b** </details>next": f"{TEXT}</details>{NEXT}",
    f"{BEGUN}\ntext **b</details>**\n\nnext": f"{TEXT}</details>{NEXT}",
    f"{BEGUN}\n**</details>**\n\nnext": f"</details>{NEXT}",
    f"{BEGUN}\n# text</details>\n\nnext": f"<h3>text</h3></details>{NEXT}",
    f"{BEGUN}\n![a</details>](x)</details>\n\nnext": f"<p>a&lt;/details&gt;</p></details>{NEXT}",
    f"{BEGUN}\ntext **b**\n\n    </details>\n\nnext": f"{TEXT}</details>{NEXT}",
    f"{BEGUN}\ntext **b**\n\n    c\n    </details>\n\n\n    d\n": f"{TEXT}"
    "<pre><code>c\n</code></pre></details><pre><code>d\n</code></pre>",
    f"{BEGUN}\n    <details>\n    </details>\n\n</details>\n\nnext": "<pre><code>"
    f"&lt;details&gt;\n&lt;/details&gt;\n</code></pre></details>{NEXT}",
    f"{BEGUN}<!-- </details> -->\n</details>\n\nnext": HTML.format(
        "&lt;!-- &lt;/details&gt; --&gt;"
    )
    + f"</details>{NEXT}",
    f"{BEGUN}<p>x</p>\n<details><p>x</p></details>\n</details>\nnext": f"{P}<details>{P}"
    f"</details></details>{NEXT}",
}
MANY = "".join(f"<details><summary>{n}</summary><p>x</p></details>\n" for n in range(18))
SUMMARIES = {
    "<summary><strong>a</strong> <B>b</B></summary>": "<strong>a</strong> <strong>b</strong>",
    "<summary><em>a</em> <i>b</i></summary>": "<em>a</em> <em>b</em>",
    "<summary><code>a</code> `b`</summary>": "<code>a</code> <code>b</code>",
    "<summary><h3>a</h3></summary>": "a",
    "<summary>### a</summary>": "a",
    "<summary>\n### a\n</summary>": "a",
    "<summary>\n\n### a\n\n</summary>": "a",
    "<summary>\n\n*a*\n\n</summary>": "<em>a</em>",
    "<summary>\n\n*a*</summary>": "<em>a</em>",
    "<summary>\n\na\n===\n</summary>": "a",
    "<summary>a\n\n</summary>": "a",
    "<summary>\na\n\n": "a",
    "<summary>The <b> tag</summary>": "The &lt;b&gt; tag",
    "<summary><b>*a</b>*</summary>": "&lt;b&gt;<em>a&lt;/b&gt;</em>",
    "<summary><u>a</u></summary>": "&lt;u&gt;a&lt;/u&gt;",
    '<summary><b class="c">a</b></summary>': '&lt;b class="c"&gt;a&lt;/b&gt;',
}
SHOWN_AS_WRITTEN = [
    *("</details>\n\na", "<summary>a</summary>\n\nb", "<details open>\n\na\n\n</details>"),
    *("<div>\n<details>\na\n</details>\n</div>", "- <details>\n\n  a\n\n</details>"),
]


@each_of(IN_A_LINE)
def test_a_pair_within_one_element_takes_effect(source: str, inside: str) -> None:
    assert shown(source) == f"<p>{inside}</p>"


@each_of(DETAILS)
def test_details_hold_markdown_and_a_line_about_them_is_prose(source: str, html: str) -> None:
    assert shown(source) == html
    assert not stream(list(source)).last.needs_replace


@each_of(ENDS)
def test_details_end_wherever_their_end_stands(source: str, rest: str) -> None:
    assert shown(source) == f"<details>{SUMMARY}{rest}"


def test_html_that_is_shown_as_it_was_written_ends_details_too() -> None:
    found = outline(plain(f"{MANY}\n- next"))
    assert found.tags.count("details") == 16
    assert shown(f"{MANY}\nnext").endswith(f"</details>{NEXT}")


@each_of(SUMMARIES)
def test_a_summary_is_one_line(source: str, words: str) -> None:
    document = f"<details>\n{source}\n\ntext **b**\n\n</details>\n\nnext"
    summary = f"<summary>{words}</summary>"
    assert shown(document) == f"<details>{summary}{TEXT}</details>{NEXT}"
    assert summary in shown(document.replace("<details>", "<details>\n"))
    shown(f"- {document}".replace("\n", "\n  "))


def test_only_text_becomes_a_summary() -> None:
    source = "<details>\n<summary>\n\n- a\n\n</summary>\n\ntext **b**\n\n</details>\n\nnext"
    assert shown(source) == f"<details><ul><li>a</li></ul>{TEXT}</details>{NEXT}"
    shown(source.replace("- a", "> - a"))
    shown(f"- {source}".replace("\n", "\n  "))


@each_of(["a", "- a", "> a", "    a"])
def test_an_end_without_a_summary_shows_nothing_and_ends_what_stands_before_it(before: str) -> None:
    source = f"<details>\n\n{before}\n</summary>\n\n{before}\n\n</details>"
    assert "summary" not in plain(source)
    for length in range(len(source)):
        whole, slowly = Splitter(PREFIX, begun=source[:length]), Splitter(PREFIX)
        for character in source[:length]:
            slowly.feed(character)
        assert whole.done == slowly.done
    shown(source)


@each_of(SHOWN_AS_WRITTEN)
def test_a_tag_that_is_not_known_there_is_text(source: str) -> None:
    found = outline(plain(source, id_prefix=PREFIX))
    assert "details>" in found.text or "<summary>" in found.text


def test_a_tag_is_text_until_its_end_has_come() -> None:
    splitter = Splitter(PREFIX, begun="H<sub>2")
    assert splitter.open_end == '<p dir="auto">H&lt;sub&gt;2</p>'
    splitter.feed("</sub>O")
    assert splitter.open_end == '<p dir="auto">H<sub>2</sub>O</p>'


def test_what_details_hold_goes_block_by_block_and_what_is_open_is_not_in_them() -> None:
    splitter = Splitter(PREFIX)
    [opened] = splitter.feed("<details>\n<summary>S</summary>\n\n")
    assert opened.html == '<details id="message_7_b0"><summary dir="auto">S</summary></details>'
    [block, tail] = splitter.feed("one\n\ntwo")
    assert (block.action, block.target) == ("append", "message_7_b0")
    assert block.html == '<p id="message_7_b0_b0" dir="auto">one</p>'
    assert tail.html == '<div class="continued"><p dir="auto">two</p></div>'
    splitter.feed("\n\n</details>\n\nthree")
    assert splitter.open_end == '<p dir="auto">three</p>'


def test_details_without_an_end_cost_what_they_hold() -> None:
    document = "<details>\n<summary>S</summary>\n\n" + "a paragraph of some words\n\n" * 200
    streamed = stream(in_pieces(document, 32))
    sent = sum(len(change.html) for change in streamed.all_changes)
    assert sent < 5 * len(streamed.splitter.whole)


def test_more_details_than_a_page_could_nest_are_text() -> None:
    found = outline(plain("<details>\n\n" * 1_000 + "a"))
    assert found.tags.count("details") == 8
    assert found.text.count("<details>") == 992
