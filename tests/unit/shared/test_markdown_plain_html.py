"""That the sanitiser is spared only where it would change nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.shared.markdown import render, sanitizer
from services.shared.markdown.plain_html import is_plain
from services.shared.markdown.sanitizer import clean
from tests.unit.shared.allowed_html import as_a_browser_reads, outline
from tests.unit.shared.hostile_markdown import HOSTILE
from tests.unit.shared.markdown_documents import PREFIX, documents

PLAIN = (
    "<p>a &lt;b&gt; &amp; \"c\" 'd'\n\té漢🙂\ufde0</p>",
    '<p id="message_7_b0"><em>a<strong>b</strong></em><br><del>c</del><code>d</code></p>',
    '<h3 id="a">b</h3>',
    '<pre id="a" data-language="q++"><code class="language-q++">\n a\n</code></pre>',
    "<pre><code></code></pre>",
    "<table><thead><tr><th>a</th><th></th></tr></thead><tbody></tbody></table>",
    '<table><tbody><tr><td class="align-right"><em>a</em></td></tr></tbody></table>',
)
NOT_PLAIN = (
    *("<p><em><del><em>a</em></del></em></p>", "<p><code><em>a</em></code></p>", "<p><br/></p>"),
    *("<table><tbody><tr><th>a</th></tr></tbody></table>", "<p><em>a</del></p>", "<p></br></p>"),
    *("", "a", "<p>", "<p>a", "<p>a</p>b", "<p>a</p><p>b</p>", "<p><p>a</p></p>", "<div>a</div>"),
    *("<p>a & b</p>", "<p>a > b</p>", "<p>&quot;</p>", "<p>&#60;</p>", "<p>\xa0</p>", "<p>\0</p>"),
    *("<p><em>a</p>", "<p>a</em></p>", "<p><em><code>a</em></code></p>", "<p>\r</p>", "<P>a</P>"),
    *("<p class=a>b</p>", '<p onclick="a">b</p>', '<p id="a b">c</p>', '<p id="a" id="b">c</p>'),
    *("<p><b>a</b></p>", '<p><a href="http://a.example">b</a></p>', "<p><em id=a>b</em></p>"),
    *("<p>a</h3>", "<pre>a</pre>", "<pre><code><em>a</em></code></pre>", "<p><script></p>"),
    *("<table><tbody><tr><td><em>a</td><td></em>b</td></tr></tbody></table>", "<p>a</p\n>"),
    *("<table><tbody><tr>a</tr></tbody></table>", "<table><tr><td>a</td></tr></table>"),
    *(
        "<table><tbody><tr><td>a</th></tr></tbody></table>",
        "<h1>a</h1>",
        "<p><em><code>a</em></code></p>",
        "<p>a</p>\n",
    ),
)
TAGS = (
    *("<p>", "</p>", '<p id="a">', "<h4>", "</h4>", "<pre><code>", "</code></pre>", "<code>"),
    *("</code>", "<em>", "</em>", "<strong>", "</strong>", "<del>", "</del>", "<br>", "<td>"),
    *("</td>", "<th>", "</th>", "<table><tbody><tr>", "</tr></tbody></table>", "&lt;", "&amp;"),
    *("<table><thead><tr>", "</tr></thead><tbody></tbody></table>", '<td class="align-left">'),
)
EDGES = (
    *(("<p>", "</p>"), ('<h3 id="a">', "</h3>"), ("<pre><code>", "</code></pre>")),
    *(("<table><tbody><tr><td>", "</td></tr></tbody></table>"),),
    *(("<table><thead><tr><th>", "</th></tr></thead><tbody></tbody></table>"),),
)


@pytest.mark.parametrize("html", PLAIN)
def test_plain_html_is_known(html: str) -> None:
    assert is_plain(html)
    assert clean(html) == html
    assert as_a_browser_reads(html) == html


@pytest.mark.parametrize("html", NOT_PLAIN)
def test_anything_else_is_not_plain(html: str) -> None:
    assert not is_plain(html)


@pytest.mark.parametrize("source", HOSTILE)
def test_what_is_hostile_is_not_plain(source: str) -> None:
    assert not is_plain(source)
    if "<" in source:
        assert not is_plain(f"<p>{source}</p>")


@settings(max_examples=2_000, deadline=None)
@given(
    st.lists(st.sampled_from(TAGS) | st.text(max_size=3) | st.sampled_from(HOSTILE), max_size=8),
    st.sampled_from([*EDGES, ("", "")]),
)
def test_the_sanitiser_would_leave_plain_html_as_it_is(
    parts: list[str], edges: tuple[str, str]
) -> None:
    html = f"{edges[0]}{''.join(parts)}{edges[1]}"
    if is_plain(html):
        assert clean(html) == html
        assert as_a_browser_reads(html) == html


@settings(max_examples=300, deadline=None)
@given(documents)
def test_a_text_is_the_same_if_the_sanitiser_sees_all_of_it(document: str) -> None:
    html = render(document, id_prefix=PREFIX)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sanitizer, "is_plain", lambda _html: False)
        assert render(document, id_prefix=PREFIX) == html


def test_what_only_inner_use_knows_is_text_wherever_it_goes() -> None:
    for link in ("", " http://a.example"):
        assert outline(render(f"&#xfdd0;lt;b&#xfdd0;gt;{link}")).text.startswith(
            "\ufffdlt;b\ufffdgt;"
        )
