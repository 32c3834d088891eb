"""The canonical HTML: what markdown becomes, and what nothing may become."""

import pytest
from hypothesis import given, settings

from services.shared.markdown import render
from tests.unit.shared.html_outline import outline
from tests.unit.shared.markdown_documents import documents

REL = 'rel="noopener noreferrer nofollow"'

EXAMPLES = {
    "a *b* **c** ~~d~~": "<p>a <em>b</em> <strong>c</strong> <del>d</del></p>",
    "a  \nb\nc": "<p>a<br>b\nc</p>",
    "## Title": "<h2>Title</h2>",
    "***": "<hr>",
    "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
    "3. a\n\n4. b": '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>',
    "- [x] a": '<ul><li><input type="checkbox" disabled="" checked=""> a</li></ul>',
    "- [ ] a": '<ul><li><input type="checkbox" disabled=""> a</li></ul>',
    "> a": "<blockquote><p>a</p></blockquote>",
    "> [!NOTE]\n> a": '<blockquote class="alert alert-note">'
    '<p class="alert-title">Note</p><p>a</p></blockquote>',
    "```c++ x\na<b http://c.example\n```": '<pre><code class="language-c++">'
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
    "![a *b*](http://c.example/i.png)": '<p><a href="http://c.example/i.png" class="image-link" '
    f"{REL}>a <em>b</em></a></p>",
    "![](http://c.example)": '<p><a href="http://c.example" class="image-link" '
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

HOSTILE = [
    "<script>alert(1)</script>",
    "a <script src=//e.example></script> b",
    "<img src=x onerror=alert(1)>",
    "a <img src='http://e.example/?leak'> b",
    '<a href="javascript:alert(1)" onclick=alert(1)>a</a>',
    "[a](javascript:alert(1)) [a](JaVaScRiPt:alert(1)) [a](&#106;avascript:alert(1))",
    "[a](&#x6A;&#x61;vascript&colon;alert(1)) [a](java&Tab;script:alert(1))",
    "[a](<java\tscript:alert(1)>) [a](<\x01javascript:alert(1)>) [a](< javascript:alert(1)>)",
    "[a](vbscript:x) [a](data:text/html;base64,PHNjcmlwdD4=) ![a](data:image/svg+xml,<svg>)",
    "<javascript:alert(1)> <data:text/html,x> <vbscript:x>",
    "[a]\n\n[a]: javascript:alert(1)\n",
    "[a](//e.example) [a](/logout) [a](http:javascript:1) [a](\\\\e.example) [a](file:///etc)",
    '[a](http://b.example/"onmouseover="alert\\(1\\)) [a](http://b.example "\\" onclick=\\"x")',
    '![" onerror=alert(1) x="](http://b.example) ![a](http://b.example \'" onerror="x\')',
    "<svg onload=alert(1)><a xlink:href='javascript:1'>x</a></svg>",
    "<math><mi xlink:href=javascript:1>x",
    "<style>*{display:none}</style> <p style='position:fixed'>a",
    "<iframe src=http://e.example></iframe><object data=x></object><embed src=x>",
    "<meta http-equiv=refresh content=0><base href=//e.example><link rel=stylesheet href=x>",
    "<form action=http://e.example><input name=password><button>a</button></form>",
    "<turbo-stream action=remove target=a></turbo-stream></template><turbo-frame src=x>",
    "</div></article></template></turbo-stream>",
    "<!-- --><!--><script>x</script>--> <![CDATA[<script>]]> <?php x ?> <!DOCTYPE a>",
    "<noscript><p title='</noscript><img src=x onerror=x>'>",
    '```"onclick=x\n</code></pre><script>x</script>\n```',
    "`</code><script>x</script>`",
    "| <script>x</script> | <img src=x> |\n|---|---|\n| </td></table><script> | <b onclick=x> |",
    "[^<script>]: <script>x</script>\n\n[^<script>]",
    '[^" onclick=x a="]\n\n[^" onclick=x a="]: x',
    "http://b.example/<script>x</script> http://b.example/'onclick=x http://b.example/%00\"x",
    "# a {#message_8 .b onclick=x}",
    "a\ufdd0lt;script\ufdd0gt; &#xfdd0;lt;script&#xfdd0;gt; [a](javascript&#xfdd0;colon;x)",
    "\u202e\u2066<script>\u2069",
]

COSTLY = {
    "one long line": "word " * 20_000,
    "nested quotations": ">" * 10_000 + "a",
    "nested lists": "- " * 10_000 + "a",
    "growing quotations": "".join(f"{'>' * depth}a\n" for depth in range(700)),
    "growing lists": "".join(f"{'  ' * depth}- a\n" for depth in range(400)),
    "open brackets": "[" * 100_000,
    "open links": "[a](" * 20_000,
    "nested images": "![" * 50_000 + "](http://a.example)" * 5_000,
    "nested emphasis": "*" * 20_000 + "a" + "*" * 20_000,
    "open emphasis": "*a _b " * 10_000,
    "ampersands": "&" * 100_000,
    "backticks": "".join("`" * length + " " for length in range(700)),
    "open comments": "<!--" * 20_000,
    "open tags": "a <b " * 20_000,
    "wide table": "|a" * 3_000 + "\n" + "|-" * 3_000 + "\n" + "|\n" * 3_000,
    "amplified references": "[a]: http://" + "b" * 20_000 + "\n\n" + "[a] " * 20_000,
    "nested footnotes": "[^a]: " * 5_000,
    "one footnote defined often": "[^a]: b\n" * 5_000 + "\n[^a]",
    "address without an end": "http://" + "a)" * 100_000,
    "brackets after addresses": ("http://a" + ")" * 2_000 + " ") * 50,
    "NUL": "\0" * 100_000,
    "bidi controls": "\u202e\u2066" * 100_000,
    "carriage returns": "\r" * 100_000,
}


@pytest.mark.parametrize("source", EXAMPLES)
def test_markdown_becomes_html(source: str) -> None:
    assert render(source) == EXAMPLES[source]


def test_each_block_has_its_number_and_what_shows_nothing_has_none() -> None:
    html = render("# a\n\n[r]: http://b.example\n\n[r]\n\n---\n", id_prefix="message_7")
    assert outline(html).roots == ["message_7_b0", "message_7_b1", "message_7_b2"]


def test_footnotes_lead_to_ids_of_their_own_message() -> None:
    html = render("a[^N 1]\n\n[^n 1]: b\n\n[^n 1]: c", id_prefix="message_7")
    assert '<a href="#message_7_fn_n-20-1"' in html
    assert outline(html).ids.count("message_7_fn_n-20-1") == 1


@pytest.mark.parametrize("prefix", ["", "7", 'a"b', "a b", "a\n"])
def test_a_prefix_that_is_no_plain_id_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="element id"):
        render("a", id_prefix=prefix)


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize(
    "frame", ["{}", "a {}", "- {}", "> {}\n> {}", "**{}**", "[{}](http://x.example)"]
)
def test_hostile_markdown_ends_harmless(source: str, frame: str) -> None:
    outline(render(frame.replace("{}", source), id_prefix="message_7"))


@pytest.mark.parametrize("source", [text for text in HOSTILE if "<script" in text])
def test_raw_html_is_shown_as_text(source: str) -> None:
    assert "script" in outline(render(source, id_prefix="message_7")).text


@settings(max_examples=300, deadline=None)
@given(documents)
def test_every_document_is_balanced_allowed_html_with_unique_ids(document: str) -> None:
    found = outline(render(document, id_prefix="message_7"))
    assert len(set(found.ids)) == len(found.ids)
    assert found.roots == [f"message_7_b{number}" for number in range(len(found.roots))]


@pytest.mark.parametrize("source", COSTLY.values(), ids=COSTLY.keys())
def test_costly_markdown_is_rendered_whole_and_harmless(source: str) -> None:
    outline(render(source, id_prefix="message_7"))


@pytest.mark.parametrize("prefix", ["", "> "])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_few_characters_cannot_ask_for_thousands_of_empty_cells(
    prefix: str, line_end: str
) -> None:
    rows = ["|" + "a|" * 500, "|" + "-|" * 500, *["a|"] * 500]
    table = "".join(prefix + row + line_end for row in rows)
    assert len(render(table)) < 2 * len(table)


def test_a_table_may_leave_some_cells_out() -> None:
    html = render("| a | b | c |\n|---|---|---|\n| 1 |\n")
    assert html.count("<td></td>") == 2
