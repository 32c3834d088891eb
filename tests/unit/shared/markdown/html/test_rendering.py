"""The canonical HTML: what markdown becomes, element by element."""

import pytest

from services.shared.markdown import Splitter
from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import PREFIX

REL = 'rel="noopener noreferrer nofollow"'
TAB = f'target="_blank" {REL}'
FORMULA = (
    '<bdi><math display="inline"><semantics><mrow><mi>x</mi></mrow>'
    '<annotation encoding="application/x-tex">x</annotation></semantics></math></bdi>'
)
DISPLAYED = (
    '<span class="formula" dir="ltr"><span class="formula__scroller">'
    '<math display="block"><semantics><mrow><mi>x</mi></mrow>'
    '<annotation encoding="application/x-tex">x</annotation></semantics></math></span>'
    '<button type="button" class="copy">Copy TeX</button></span>'
)
HEAD = (
    '<span class="code-head"><span class="code-head__language">{}</span>'
    '<button type="button" class="copy">Copy</button></span>'
)
HEAD_ALONE = '<span class="code-head"><button type="button" class="copy">Copy</button></span>'
ACT = '<span class="remote-image__act" dir="ltr">Show image from {}: </span>'

EXAMPLES = {
    "a *b* **c** ~~d~~": '<p dir="auto">a <em>b</em> <strong>c</strong> <del>d</del></p>',
    "a  \nb\nc": '<p dir="auto">a<br>b\nc</p>',
    "## Title": '<h3 dir="auto">Title</h3>',
    "## a\n\n#### b\n\n### c\n\n# d": '<h3 dir="auto">a</h3><h4 dir="auto">b</h4>'
    '<h4 dir="auto">c</h4><h3 dir="auto">d</h3>',
    "# a\n## b\n- ### c\n\n> #### d\n##### e\n###### f": '<h3 dir="auto">a</h3>'
    '<h4 dir="auto">b</h4><ul dir="auto"><li><h5>c</h5></li></ul>'
    '<blockquote dir="auto"><h6>d</h6></blockquote><h6 dir="auto">e</h6><h6 dir="auto">f</h6>',
    "***": "<hr>",
    "- a\n- b": '<ul dir="auto"><li>a</li><li>b</li></ul>',
    "3. a\n\n4. b": '<ol dir="auto" start="3"><li>a</li><li>b</li></ol>',
    "- [x] a": '<ul dir="auto"><li><input type="checkbox" aria-label="Task" disabled="" '
    'checked=""> a</li></ul>',
    "- [ ] a": '<ul dir="auto"><li><input type="checkbox" aria-label="Task" disabled=""> a'
    "</li></ul>",
    "> a": '<blockquote dir="auto"><p>a</p></blockquote>',
    "> [!NOTE]\n> a": '<blockquote dir="auto" class="alert alert-note">'
    '<p class="alert-title" dir="auto">Note</p><p>a</p></blockquote>',
    "```q++ x\na<b http://c.example\n```": '<pre data-language="q++" dir="ltr">'
    f'{HEAD.format("q++")}<code class="language-q++">a&lt;b http://c.example\n</code></pre>',
    '```"><i>\na\n```': f'<pre dir="ltr">{HEAD_ALONE}<code>a\n</code></pre>',
    "    a": f'<pre dir="ltr">{HEAD_ALONE}<code>a</code></pre>',
    "|a|b|c|\n|-|:-:|-:|\n|1|2<br>3|`x`|": '<div dir="auto" class="table-scroller"><table><thead>'
    '<tr><th scope="col">a</th><th scope="col" class="align-center">b</th>'
    '<th scope="col" class="align-right">c</th></tr></thead><tbody><tr>'
    '<td>1</td><td class="align-center">2<br>3</td>'
    '<td class="align-right"><code dir="ltr">x</code></td></tr></tbody></table></div>',
    "||a|\n|:-:|-|": '<div dir="auto" class="table-scroller"><table><thead><tr>'
    '<td class="align-center"></td><th scope="col">a</th></tr></thead><tbody></tbody></table>'
    "</div>",
    "$$\nx\n$$": f'<p dir="auto">{DISPLAYED}</p>',
    "[$$x$$](http://b.example)": f'<p dir="auto"><a href="http://b.example" {TAB}>{FORMULA}</a>'
    "</p>",
    "<details>\n<summary>$$x$$</summary>": f'<details><summary dir="auto">{FORMULA}</summary>'
    "</details>",
    '[a](http://b.example "c")': '<p dir="auto"><a href="http://b.example" target="_blank" '
    f'title="c" {REL}>a</a></p>',
    "<a@b.example>": f'<p dir="auto"><a href="mailto:a@b.example" {REL}>a@b.example</a></p>',
    "(http://a.example/b_(c)).": f'<p dir="auto">(<a href="http://a.example/b_(c)" {TAB}>'
    "http://a.example/b_(c)</a>).</p>",
    "![a *b*](http://c.example/i.png)": '<p dir="auto"><a href="http://c.example/i.png" '
    f'target="_blank" class="remote-image" {REL}>{ACT.format("c.example")}a '
    "<em>b</em></a></p>",
    "![](http://c.example)": '<p dir="auto"><a href="http://c.example" target="_blank" '
    f'class="remote-image" {REL}>{ACT.format("c.example")}image</a></p>',
    "[![a](http://i.example)](http://b.example)": '<p dir="auto">'
    f'<a href="http://b.example" {TAB}>a</a></p>',
    "<b>a</b> List<String>": '<p dir="auto">&lt;b&gt;a&lt;/b&gt; List&lt;String&gt;</p>',
    "<std::vector>": '<p dir="auto">&lt;std::vector&gt;</p>',
    "<div>\n*a*\n</div>": '<pre data-language="html" dir="ltr">'
    f'{HEAD.format("html")}<code class="language-html">'
    "&lt;div&gt;\n*a*\n&lt;/div&gt;</code></pre>",
    "<br>": '<p dir="auto"><br></p>',
    "[a](javascript:b) [c](/d) ![e](data:f)": '<p dir="auto">a c e</p>',
    "a &amp; &lt; & \\< \"b\" 'c'": '<p dir="auto">a &amp; &lt; &amp; &lt; "b" \'c\'</p>',
    "\0": '<p dir="auto">\N{REPLACEMENT CHARACTER}</p>',
    "\ud83d\ud83d": '<p dir="auto">\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}</p>',
    "> [!DANGER]\n> a": '<blockquote dir="auto"><p>[!DANGER]\na</p></blockquote>',
    "> $x$": f'<blockquote dir="auto"><p>{FORMULA}</p></blockquote>',
    "a[^1]\n\n[^1]: b": '<p dir="auto">a<sup class="footnote-reference">1</sup></p>'
    '<div dir="auto" class="footnote"><sup dir="auto">1</sup><p>b</p></div>',
    "<details>\n<summary>a</summary>\n\nb": '<details><summary dir="auto">a</summary>'
    '<p dir="auto">b</p></details>',
    "[a]: http://b.example": "",
    " \n\r\n ": "",
}


@each_of(EXAMPLES)
def test_markdown_becomes_html(source: str, html: str) -> None:
    assert plain(source) == html


def test_each_block_has_its_number_and_what_shows_nothing_has_none() -> None:
    html = plain("# a\n\n[r]: http://b.example\n\n[r]\n\n---\n", id_prefix=PREFIX)
    assert outline(html).roots == ["message_7_b0", "message_7_b1", "message_7_b2"]


def test_footnotes_lead_to_ids_of_their_own_message() -> None:
    html = plain("a[^N 1]\n\n[^n 1]: b\n\n[^n 1]: c", id_prefix=PREFIX)
    assert '<a href="#message_7_fn_n-20-1"' in html
    assert outline(html).ids.count("message_7_fn_n-20-1") == 1


@each_of(["", "7", 'a"b', "a b", "a\n"])
def test_a_prefix_that_is_no_plain_id_is_refused(prefix: str) -> None:
    for refusing in (lambda: plain("a", id_prefix=prefix), lambda: Splitter(prefix)):
        with pytest.raises(ValueError, match="element id"):
            refusing()


@each_of(["", "> "], ["\n", "\r\n"])
def test_a_few_characters_cannot_ask_for_thousands_of_empty_cells(
    prefix: str, line_end: str
) -> None:
    rows = ["|" + "a|" * 150, "|" + "-|" * 150, *["a|"] * 150]
    table = "".join(prefix + row + line_end for row in rows)
    assert 9_000 < plain(table).count("<td></td>") <= 10_000


def test_a_table_may_leave_some_cells_out() -> None:
    html = plain("| a | b | c |\n|---|---|---|\n| 1 |\n")
    assert html.count("<td></td>") == 2


def test_what_is_in_a_list_or_a_quotation_has_no_direction_of_its_own() -> None:
    # Else no letter in it would count for the whole, which would never mirror.
    html = plain("- a\n\n  b\n  - c\n\n> # d\n>\n> e\n> > f\n")
    assert html.count("dir=") == 2


@each_of(
    [
        *("```\na\n```", "```py\na\n```", "    a", "<div>\na\n</div>", "`a`", "<kbd>a</kbd>"),
        r"$\nosuch{a}$",
    ]
)
def test_code_runs_from_left_to_right_and_its_letters_do_not_count(source: str) -> None:
    html = plain(f"> {source}".replace("\n", "\n> "))
    assert html.count('dir="ltr"') == 1
    splitter = Splitter(PREFIX, begun=source)
    assert (splitter.done + splitter.open_end).count('dir="ltr"') == 1


HOSTS = {
    "http://C.example/i.png": "c.example",
    "https://a.example:8443?b": "a.example",
    "http://a.example@b.example#c": "b.example",
    "http://a@b.example@c.example": "c.example",
    "http://münchen.example/": "münchen.example",
    "http://%61.example/": "",
    "http://[::1]/": "",
    "http://\u202ea.example/": "",
}


@each_of(HOSTS)
def test_a_link_to_an_image_names_the_host_if_it_is_certain(address: str, host: str) -> None:
    act = f"Show image from {host}: " if host else "Show image: "
    assert outline(plain(f"![a](<{address}>)")).labels == [act]


def test_the_outline_of_an_answer_does_not_depend_on_how_it_came() -> None:
    source = "### a\n\n- ##### b\n\n  c\n\n#### d\n"
    splitters = [Splitter(PREFIX, begun=source[: end + 1]) for end in range(len(source))]
    levels = [_headings(splitter.done + splitter.open_end) for splitter in splitters]
    assert levels[-1] == ["h3", "h4", "h4"]
    for shorter in levels:
        assert shorter == levels[-1][: len(shorter)]


def _headings(html: str) -> list[str]:
    return [tag for tag in outline(html).tags if tag.startswith("h")]
