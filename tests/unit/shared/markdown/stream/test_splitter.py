"""The changes of a page while a text grows: each part once, and only the open end again."""

import pytest

from services.shared.markdown import Splitter, is_heavy
from services.shared.markdown.stream import growth
from tests.support.cases import each_of
from tests.support.rendered import coloured, colours_of, plain
from tests.unit.shared.markdown.documents import PREFIX, fed, stream
from tests.unit.shared.markdown.page_model import Page

UL = '<ul class="continued" dir="auto">'
OL = '<ol class="continued" dir="auto" start="{}">'
CODE = (
    '<pre id="message_7_b0" data-language="py" dir="ltr">'
    '<span class="code-head"><span class="code-head__language">py</span>'
    '<button type="button" class="copy">Copy</button></span><code{} class="language-py">{}'
)
TAIL = ("update", "message_7_tail")
CHANGES: dict[tuple[str, ...], list[tuple[str, str, str]]] = {
    ("He",): [(*TAIL, '<p dir="auto">He</p>')],
    ("He", "llo *wor"): [(*TAIL, '<p dir="auto">Hello *wor</p>')],
    ("Hello *wor", "ld*"): [(*TAIL, '<p dir="auto">Hello <em>world</em></p>')],
    ("Some ", "*prose*\n", "\nM"): [
        ("append", "message_7_done", '<p id="message_7_b0" dir="auto">Some <em>prose</em></p>'),
        (*TAIL, '<p dir="auto">M</p>'),
    ],
    ("- a\n- b",): [(*TAIL, '<ul dir="auto"><li>a</li><li>b</li></ul>')],
    ("- a\n- b", "\n"): [
        ("append", "message_7_done", '<ul id="message_7_b0" dir="auto"></ul>'),
        ("append", "message_7_b0", '<li id="message_7_b0_i0">a</li>'),
        (*TAIL, f"{UL}<li>b</li></ul>"),
    ],
    ("1. a\n\n", "   b\n\n"): [("append", "message_7_b0_i0", '<p id="message_7_b0_i0_b0">b</p>')],
    ("1. a\n\n   b\n\n", "2. c\n"): [(*TAIL, f"{OL.format(2)}<li>c</li></ol>")],
    ("| a |\n|---|\n", "| 1 |\n"): [
        ("append", "message_7_b0_body", '<tr id="message_7_b0_r0"><td>1</td></tr>')
    ],
    ("| a |\n|---|\n", "| 1"): [],
    ("```py", "\n"): [
        ("append", "message_7_done", CODE.format(' id="message_7_b0_code"', "</code></pre>")),
        (*TAIL, ""),
    ],
    ("```py\n", "x = 1\ny"): [
        ("append", "message_7_b0_code", '<span id="message_7_b0_l0">x = 1\n</span>'),
        (*TAIL, '<pre class="continued" dir="ltr"><code>y</code></pre>'),
    ],
    ("```py\n", "x = 1\n", "```\n"): [
        ("replace", "message_7_b0", CODE.format("", "x = 1\n</code></pre>"))
    ],
}
OPEN_ENDS = {
    "3. a\n4. b\n\n   c": f'{OL.format(4)}<li class="continued"><p>c</p></li></ol>',
    "1. a\n1. b\n1. c": f"{OL.format(2)}<li>b</li><li>c</li></ol>",
    "1. a\n1. b\n\n   c\n1. d": f'{OL.format(2)}<li class="continued"><p>c</p></li><li>d</li></ol>',
    "| a |\n|---|\n| 1 |\n\nb": '<p dir="auto">b</p>',
    "> a\n>\n> b": '<blockquote class="continued" dir="auto"><p>b</p></blockquote>',
    "> [!TIP]\n> a\n>\n> b": '<blockquote class="continued alert alert-tip" dir="auto"><p>b</p>'
    "</blockquote>",
    "- a\n- > b\n  >\n  > c": f'{UL}<li class="continued"><blockquote class="continued"><p>c</p>'
    "</blockquote></li></ul>",
}


@each_of(CHANGES)
def test_each_thing_is_sent_once_and_the_open_end_again(
    pieces: tuple[str, ...], changes: list[tuple[str, str, str]]
) -> None:
    splitter = Splitter(PREFIX)
    for piece in pieces[:-1]:
        splitter.feed(piece)
    assert [(c.action, c.target, c.html) for c in splitter.feed(pieces[-1])] == changes


@each_of(OPEN_ENDS)
def test_the_open_end_goes_on_with_what_the_page_has(text: str, open_end: str) -> None:
    assert Splitter(PREFIX, begun=text).open_end == open_end


@each_of(["-", "---", "=", "```", "| -", "> ", "**", "#"])
def test_a_line_that_may_become_anything_waits(mark: str) -> None:
    assert Splitter(PREFIX, begun="prose\n").feed(mark) == ()


@each_of({"# a": "\n", "***": "\n", "a\n===": "\n", "a\n": " \n", "> a\n": ">\n"})
def test_a_block_is_finished_with_the_line_that_ends_it(text: str, rest: str) -> None:
    assert "a" not in Splitter(PREFIX, begun=text).done
    assert "message_7_b0" in Splitter(PREFIX, begun=f"{text}{rest}").done


def test_a_table_begins_with_its_head() -> None:
    assert Splitter(PREFIX, begun="| a |\n|---|\n").done.endswith(
        '</thead><tbody id="message_7_b0_body"></tbody></table></div>'
    )


def test_a_loose_list_looks_like_a_tight_one() -> None:
    loose = (
        '<ul id="message_7_b0" dir="auto"><li id="message_7_b0_i0">a</li><li id="message_7_b0_i1">b'
    )
    for source in ("- a\n- b\n", "- a\n\n- b\n", "- a\n- b\n\n  c\n"):
        assert fed([source])[0].whole.startswith(loose)


@each_of(
    ["```", "````py", " ```", "~~~", "- ```", "> ```"],
    ["x", "  x", "\t- x", "> # *x*", "~~~", "`x`", "``` x", " ````", "\\(x"],
)
def test_a_line_of_open_code_is_what_a_parser_makes_of_it(opening: str, line: str) -> None:
    pieces = [f"{opening}\n", "a\n", f"{line}\n", "b\n", line, "\n\n"]
    streamed = stream(pieces)
    assert streamed.page.state() == (plain("".join(pieces), id_prefix=PREFIX), "")
    for number, (done, tail) in enumerate(streamed.states):
        begun = Splitter(PREFIX, begun="".join(pieces[:number]))
        assert (begun.done, begun.open_end) == (done, tail)


def test_a_definition_that_comes_too_late_asks_for_a_replacement() -> None:
    assert stream(["[a]\n\n", "b\n\n", "[a]: http://c.example\n"]).last.needs_replace
    assert stream(["a[^1]\n\n", "b\n\n", "[^1]: c\n"]).last.needs_replace
    assert not stream(["[a]: http://c.example\n[a]\n\n", "b\n\n"]).last.needs_replace


def test_a_container_that_cannot_be_opened_again_is_closed_and_made_good_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(growth, "reopening", lambda _source, _block: "lost\n\n")
    pieces = ["1. a\n\n", "   ```py\n   x = 1\n", "   y = 2\n", "   ```\n\nb\n"]
    streamed = stream(pieces)
    assert streamed.last.needs_replace
    assert streamed.splitter.whole == plain("".join(pieces), id_prefix=PREFIX)
    ids = streamed.page.ids()
    assert len(set(ids)) == len(ids)


def test_late_colours_leave_a_page_that_was_shown_anew_as_it_is() -> None:
    source = (
        "Look[^a].\n\n[^a]: See [the page][ref].\n\n    ```py\n    x = 1\n    ```\n\nThe end.\n\n"
        "[ref]: http://a.example/\n"
    )
    streamed = stream(list(source))
    splitter = streamed.splitter
    assert streamed.last.needs_replace
    page = Page(PREFIX, splitter.whole)
    page.apply(splitter.colour(colours_of(splitter.take_codes())))
    assert page.state() == (coloured(source, id_prefix=PREFIX), "")
    assert splitter.whole == coloured(source, id_prefix=PREFIX)


@each_of(
    [
        "1.\n[a]:\n_\n[a]",  # the parser counts a definition to the list before it
        "    a\n\n\rb|-|\n<?]",  # a carriage return that ends a line by itself
        "",
        "- a\n- ```py\n  x = 1\n  y",  # code that is open at the end
        "a\r\n\r\nb\r\n",
        "[a]: /b\n'c\nd'\n\ne\n",
        "- a\n\n\n- b\n\nc\n",
        ">- > | a | b |\n>  > |--|--|\n>  > | 1 |\n",  # no space after the quotation's mark
        ">- > a\n> |--|\n> | 1 |\n",
        "    ```\n\n\n    a\n    ```\n",  # a fence that is indented code
        "\t- a\n\t- b\n",
        "-\ta\n\n\tb\n",
        "- a\x0b\n- b\u2028c\n",  # what other parsers take for the end of a line
    ]
)
def test_a_cut_inside_a_tricky_place_changes_nothing(document: str) -> None:
    whole = plain(document, id_prefix=PREFIX)
    for cut in range(len(document) + 1):
        assert fed([document[:cut], document[cut:]])[0].whole == whole


def test_what_may_take_long_says_so_before() -> None:
    def heavy(text: str) -> bool:
        return Splitter(PREFIX, begun=text).heavy

    assert not heavy("Some prose.\n\n" * 2_000)
    assert not heavy("- an item\n" * 2_000)
    assert heavy("one paragraph " * 200)
    assert heavy("```py\n" + "x = 1\n" * 500)
    assert heavy("$a$ " * 100)
    assert heavy("[a]: http://b.example\n\n" + "a\n\n" * 2_000)
    assert is_heavy("a" * 10_000)
    assert not is_heavy("a\n\n" * 200)
