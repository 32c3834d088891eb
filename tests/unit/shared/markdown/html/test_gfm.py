"""The canonical HTML of what GitHub added: bare addresses, footnotes, alerts, tasks, tables."""

from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.allowed_html import outline, reads_as_written
from tests.unit.shared.markdown.documents import PREFIX, fed, in_pieces, shown
from tests.unit.shared.markdown.specification import examples

LINKS = {
    "www.a.example/b?c=d.": "http://www.a.example/b?c=d",
    "(www.a.example)": "http://www.a.example",
    "**www.a.example**": "http://www.a.example",
    "https://a.example/b_c*": "https://a.example/b_c",
    "HTTP://A.example": "HTTP://A.example",
    "http://localhost:8000/x": "http://localhost:8000/x",
    "http://a.example/(b)(c))": "http://a.example/(b)(c)",
    "a.b-c+d@e.example.": "mailto:a.b-c+d@e.example",
    "mailto:a@b.example": "mailto:a@b.example",
    "x <a@b.example> y": "mailto:a@b.example",
}
NO_LINKS = [
    *(
        "www.",
        "www.a",
        "awww.a.example",
        "a@b",
        "@a.example",
        "a@b.c_",
        "a@b.c-",
        "ftp://a.example",
    ),
    *("`www.a.example`", "$http://a.example$", "http:// a", "ahttp://a.example", "javascript:a@b"),
]


@each_of(LINKS)
def test_a_bare_address_is_a_link(source: str, address: str) -> None:
    assert f'<a href="{address}" ' in plain(source)


@each_of(
    ["[a](http://b.example)", "<HTTPS://b.example>", "www.b.example", "![a](http://b.example)"]
)
def test_a_page_opens_in_a_tab_of_its_own_and_cannot_reach_back(source: str) -> None:
    html = plain(source)
    assert html.count(' target="_blank"') == 1
    assert 'rel="noopener noreferrer nofollow"' in html


@each_of(["a@b.example", "<mailto:a@b.example>", "a[^1]\n\n[^1]: b"])
def test_what_is_no_page_opens_no_tab(source: str) -> None:
    html = plain(source, id_prefix="message_7")
    assert "<a href=" in html
    assert "target" not in html


@each_of(NO_LINKS)
def test_what_only_looks_like_an_address_is_none(source: str) -> None:
    assert "<a " not in plain(source)


def test_a_link_has_no_links_inside() -> None:
    html = plain("[http://a.example www.b.example c@d.example](http://e.example)")
    assert outline(html).tags == ["p", "a"]


def test_a_footnote_and_its_first_reference_lead_to_each_other() -> None:
    html = plain("a[^1] b[^1]\n\n[^1]: c\n", id_prefix="message_7")
    assert html.count('id="message_7_fnref_1"') == 1
    assert html.count('<a href="#message_7_fn_1"') == 2
    assert '<sup id="message_7_fn_1" dir="auto">1</sup>' in html
    back = '<a href="#message_7_fnref_1" aria-label="Back to the text" class="footnote-back"'
    assert html.count(back) == 1
    assert "footnote-back" not in plain("[^1]: c\n\na[^1]\n", id_prefix="message_7")


@each_of(["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_each_of_the_five_alerts_has_its_class_and_title(kind: str) -> None:
    html = plain(f"> [!{kind}]\n> a")
    assert html.startswith(
        f'<blockquote dir="auto" class="alert alert-{kind.lower()}">'
        '<p class="alert-title" dir="auto">'
    )
    assert outline(html).text == f"{kind.title()}a"


TASK = '<li><input type="checkbox" aria-label="Task" disabled=""> '


@each_of(
    ["- [ ]", "* [ ]  ", "1. [ ]", "2) [ ]\t", "- - [ ]"], ["{}", "> {}", "- {}", "a\n\n1. {}"]
)
def test_what_is_below_a_lone_task_mark_belongs_to_it(mark: str, frame: str) -> None:
    margin = frame[:-2].rpartition("\n")[2]
    margin = margin if ">" in margin else " " * len(margin)
    indent = margin + " " * mark.index("[")
    html = shown(frame.replace("{}", f"{mark}\n{margin}\n{indent}w"))
    assert f"{TASK}<p>w</p></li>" in html


@each_of(
    {
        "- [ ]": f"<ul>{TASK}</li></ul>",
        "- [ ]\n- b\n": f"<ul>{TASK}</li><li>b</li></ul>",
        "- [ ]\n  - [ ]\n\n    w": f"<ul>{TASK}<ul>{TASK}<p>w</p></li></ul></li></ul>",
        "- [ ]  \n  w\n": f"<ul>{TASK}\nw</li></ul>",
        "- [ ]\n\n      w\n": f"<ul>{TASK}<pre><code>w\n</code></pre></li></ul>",
        "[ ]\n\n> [ ]": "<p>[ ]</p><blockquote><p>[ ]</p></blockquote>",
        "```\n- [ ]\n- [ ]  \n```": "<pre><code>- [ ]\n- [ ]  \n</code></pre>",
        "    - [ ]\n": "<pre><code>- [ ]\n</code></pre>",
        "a - [ ]\n": "<p>a - [ ]</p>",
    }
)
def test_a_lone_task_mark_is_a_task_wherever_one_can_be(source: str, html: str) -> None:
    assert shown(source) == html


@each_of(dict(examples()))
def test_every_example_of_the_specifications_is_allowed_html_however_it_comes(
    name: str, source: str
) -> None:
    html = plain(source, id_prefix=PREFIX)
    found = outline(html)
    assert len(set(found.ids)) == len(found.ids), name
    assert reads_as_written(html)
    splitter, last = fed(in_pieces(source, 20))
    assert splitter.whole == html
    assert not last.needs_replace or "]:" in source
