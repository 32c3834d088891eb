"""What a page is told while a text grows: each thing once, and only the open end again."""

import pytest

from services.shared.markdown import Change, Splitter, is_heavy
from services.shared.markdown.stream import growth
from tests.support.rendered import coloured, colours_of, plain
from tests.unit.shared.markdown.cases import each_of
from tests.unit.shared.markdown.documents import PREFIX, stream
from tests.unit.shared.markdown.page_model import Page


def changes_of(*pieces: str) -> list[tuple[str, str, str]]:
    splitter = Splitter(PREFIX)
    for piece in pieces[:-1]:
        splitter.feed(piece)
    return [(c.action, c.target, str(c.html)) for c in splitter.feed(pieces[-1])]


def open_end_of(text: str) -> str:
    return Splitter(PREFIX, begun=text).open_end


def done_of(text: str) -> str:
    return Splitter(PREFIX, begun=text).done


def test_the_tail_shows_text_before_its_line_is_complete() -> None:
    splitter = Splitter(PREFIX)
    assert splitter.feed("He") == (Change("update", "message_7_tail", splitter.open_end),)
    assert splitter.open_end == '<p dir="auto">He</p>'
    splitter.feed("llo *wor")
    assert splitter.open_end == '<p dir="auto">Hello *wor</p>'
    splitter.feed("ld*")
    assert splitter.open_end == '<p dir="auto">Hello <em>world</em></p>'


def test_a_finished_block_is_appended_once_and_leaves_the_tail() -> None:
    assert changes_of("Some ", "*prose*\n", "\nM") == [
        ("append", "message_7_done", '<p id="message_7_b0" dir="auto">Some <em>prose</em></p>'),
        ("update", "message_7_tail", '<p dir="auto">M</p>'),
    ]


@each_of(["# a", "***", "a\n==="])
def test_a_heading_and_a_rule_are_finished_with_their_line(line: str) -> None:
    assert done_of(line) == ""
    assert done_of(f"{line}\n") != ""


def test_a_paragraph_is_finished_when_a_blank_line_follows() -> None:
    assert done_of("a\n") == ""
    assert done_of("a\n \n") == '<p id="message_7_b0" dir="auto">a</p>'
    assert done_of("> a\n>\n").count("<p") == 1


@each_of(["-", "---", "=", "```", "| -", "> ", "**", "#"])
def test_a_line_that_may_become_anything_waits(mark: str) -> None:
    assert changes_of("prose\n", mark) == []


def test_an_item_goes_when_the_first_line_of_the_next_one_is_complete() -> None:
    assert changes_of("- a\n- b") == [
        ("update", "message_7_tail", '<ul dir="auto"><li>a</li><li>b</li></ul>')
    ]
    assert changes_of("- a\n- b", "\n") == [
        ("append", "message_7_done", '<ul id="message_7_b0" dir="auto"></ul>'),
        ("append", "message_7_b0", '<li id="message_7_b0_i0">a</li>'),
        ("update", "message_7_tail", '<ul class="continued" dir="auto"><li>b</li></ul>'),
    ]


def test_a_loose_list_looks_like_a_tight_one() -> None:
    loose = (
        '<ul id="message_7_b0" dir="auto"><li id="message_7_b0_i0">a</li><li id="message_7_b0_i1">b'
    )
    for source in ("- a\n- b\n", "- a\n\n- b\n", "- a\n- b\n\n  c\n"):
        assert stream([source]).splitter.whole.startswith(loose)


def test_what_an_item_holds_goes_one_by_one() -> None:
    assert changes_of("1. a\n\n", "   b\n\n") == [
        ("append", "message_7_b0_i0", '<p id="message_7_b0_i0_b0">b</p>')
    ]
    assert changes_of("1. a\n\n   b\n\n", "2. c\n") == [
        ("update", "message_7_tail", '<ol class="continued" dir="auto" start="2"><li>c</li></ol>')
    ]


def test_an_item_that_is_continued_shows_without_a_second_mark() -> None:
    text = "3. a\n4. b\n\n   c"
    assert (
        open_end_of(text)
        == '<ol class="continued" dir="auto" start="4"><li class="continued"><p>c</p></li></ol>'
    )


def test_the_items_of_the_tail_go_on_with_the_numbers_of_the_list() -> None:
    assert open_end_of("1. a\n1. b\n1. c").startswith(
        '<ol class="continued" dir="auto" start="2"><li>b'
    )
    assert open_end_of("1. a\n1. b\n\n   c\n1. d").startswith(
        '<ol class="continued" dir="auto" start="2"><li cl'
    )


def test_a_table_begins_with_its_head_and_goes_on_row_by_row() -> None:
    head = changes_of("| a |\n", "|---|\n")
    assert head[0][:2] == ("append", "message_7_done")
    assert head[0][2].endswith('</thead><tbody id="message_7_b0_body"></tbody></table>')
    row = '<tr id="message_7_b0_r0"><td>1</td></tr>'
    assert changes_of("| a |\n|---|\n", "| 1 |\n") == [("append", "message_7_b0_body", row)]


def test_a_row_shows_when_it_is_whole() -> None:
    assert changes_of("| a |\n|---|\n", "| 1") == []
    assert open_end_of("| a |\n|---|\n| 1 |\n\nb") == '<p dir="auto">b</p>'


def test_open_code_grows_line_by_line_and_is_replaced_when_it_closes() -> None:
    opening = '<pre id="message_7_b0" data-language="python" dir="ltr"><code id="message_7_b0_code"'
    first, line, tail = changes_of("```python\n", "x = 1\ny")
    assert first[:2] == ("append", "message_7_done")
    assert first[2].startswith(opening)
    assert line == ("append", "message_7_b0_code", '<span id="message_7_b0_l0">x = 1\n</span>')
    assert tail[2] == '<pre class="continued" dir="ltr"><code>y</code></pre>'
    closing = changes_of("```python\n", "x = 1\n", "```\n")
    assert [change[:2] for change in closing] == [("replace", "message_7_b0")]
    assert "_l0" not in closing[0][2]


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


def test_code_that_is_open_at_the_end_is_closed() -> None:
    streamed = stream(["- a\n- ```py\n", "  x = 1\n", "  y"])
    assert streamed.page.state() == (streamed.splitter.whole, "")


def test_a_quotation_and_an_alert_grow_from_within() -> None:
    assert (
        open_end_of("> a\n>\n> b")
        == '<blockquote class="continued" dir="auto"><p>b</p></blockquote>'
    )
    text = "> [!TIP]\n> a\n>\n> b"
    assert open_end_of(text).startswith(
        '<blockquote class="continued alert alert-tip" dir="auto"><p>b'
    )
    assert done_of(text).count("alert-title") == 1


def test_what_goes_on_has_a_direction_where_its_beginning_has_one() -> None:
    assert open_end_of("- a\n- > b\n  >\n  > c") == (
        '<ul class="continued" dir="auto"><li class="continued">'
        '<blockquote class="continued"><p>c</p></blockquote></li></ul>'
    )


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


def test_nothing_fed_ends_in_nothing() -> None:
    splitter = Splitter(PREFIX)
    ending = splitter.finish()
    assert (ending.changes, splitter.whole, ending.needs_replace) == ((), "", False)


@each_of(
    [
        "1.\n[a]:\n_\n[a]",  # the parser counts a definition to the list before it
        "    a\n\n\rb|-|\n<?]",  # a carriage return that ends a line by itself
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
    whole = stream(list(document)).splitter.whole
    for cut in range(len(document)):
        assert stream([document[:cut], document[cut:]]).splitter.whole == whole


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
