"""The growing stream: sent once, the same for every cutting, and equal to the canonical whole."""

import pytest
from hypothesis import given, settings

from services.shared.markdown import Splitter, render
from tests.unit.shared.html_outline import outline
from tests.unit.shared.markdown_documents import cut_documents, stream
from tests.unit.shared.test_markdown_render import COSTLY, HOSTILE

ANSWER = """\
# Title

Some *prose* with `code`
on two lines.

- one
- two

```python
x = 1

y = 2
```

| a | b |
|---|---|
| 1 | 2 |

> quoted

The end.
"""


@settings(max_examples=400, deadline=None)
@given(cut_documents())
def test_the_stream_equals_the_whole_unless_it_says_otherwise(cut: tuple[str, list[str]]) -> None:
    document, pieces = cut
    streamed = stream(pieces)
    assert streamed.html == render(document, id_prefix="message_7")
    assert streamed.needs_replace == (streamed.joined != streamed.html)
    # Only a definition, which the source cannot have without these two, may come too late.
    assert not streamed.needs_replace or "]:" in document


@settings(max_examples=400, deadline=None)
@given(cut_documents())
def test_the_blocks_are_the_same_for_every_cutting(cut: tuple[str, list[str]]) -> None:
    document, pieces = cut
    blocks = stream(pieces).blocks
    assert blocks == stream([document]).blocks
    assert blocks == stream(list(document)).blocks
    assert blocks == stream(document.splitlines(keepends=True)).blocks


@pytest.mark.parametrize(
    "document",
    [
        "1.\n[a]:\n_\n[a]",  # the parser counts a definition to the list before it
        "    a\n\n\rb|-|\n<?]",  # a carriage return that ends a line by itself
        "a\r\n\r\nb\r\n",
        "[a]: /b\n'c\nd'\n\ne\n",
        "- a\n\n\n- b\n\nc\n",
    ],
)
def test_a_cut_inside_a_tricky_place_changes_nothing(document: str) -> None:
    for cut in range(len(document)):
        assert stream([document[:cut], document[cut:]]).blocks == stream(list(document)).blocks


@settings(max_examples=200, deadline=None)
@given(cut_documents())
def test_every_block_is_one_element_with_the_id_of_its_number(cut: tuple[str, list[str]]) -> None:
    streamed = stream(cut[1])
    for number, block in enumerate(streamed.blocks):
        assert block.number == number
        assert outline(block.html).roots == [f"message_7_b{number}"]
    ids = outline(streamed.joined).ids
    assert len(set(ids)) == len(ids)


@settings(max_examples=200, deadline=None)
@given(cut_documents())
def test_every_tail_is_harmless_and_has_no_ids(cut: tuple[str, list[str]]) -> None:
    for update in stream(cut[1]).updates:
        assert outline(update.tail).ids == []


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_is_harmless_at_every_character(source: str) -> None:
    streamed = stream(list(source))
    outline(streamed.joined)
    for update in streamed.updates:
        outline(update.tail)


@pytest.mark.parametrize("source", COSTLY.values(), ids=COSTLY.keys())
def test_costly_markdown_can_be_streamed(source: str) -> None:
    pieces = [source[start : start + 4096] for start in range(0, len(source), 4096)]
    outline(stream(pieces).joined)


def test_a_block_is_finished_when_a_complete_line_begins_the_next() -> None:
    splitter = Splitter("message_7")
    assert splitter.feed("# Title\n").blocks == ()
    assert splitter.feed("Some").blocks == ()
    update = splitter.feed(" prose\n")
    assert [block.html for block in update.blocks] == ['<h1 id="message_7_b0">Title</h1>']
    assert update.tail == "<p>Some prose</p>"


def test_the_tail_shows_text_before_its_line_is_complete() -> None:
    splitter = Splitter("message_7")
    assert splitter.feed("He").tail == "<p>He</p>"
    assert splitter.feed("llo *wor").tail == "<p>Hello *wor</p>"
    assert splitter.feed("ld*").tail == "<p>Hello <em>world</em></p>"


@pytest.mark.parametrize("mark", ["-", "---", "=", "```", "| -", "> ", "**", "#"])
def test_a_line_that_may_become_anything_waits(mark: str) -> None:
    splitter = Splitter("message_7")
    shown = splitter.feed("prose\n").tail
    update = splitter.feed(mark)
    assert (update.tail, update.changed) == (shown, False)


def test_a_definition_that_comes_too_late_asks_for_a_replacement() -> None:
    assert stream(["[a]\n\n", "b\n\n", "[a]: http://c.example\n"]).needs_replace
    assert stream(["a[^1]\n\n", "b\n\n", "[^1]: c\n"]).needs_replace
    assert not stream(["[a]: http://c.example\n[a]\n\n", "b\n\n"]).needs_replace


def test_an_answer_of_ordinary_markdown_needs_no_replacement() -> None:
    streamed = stream([ANSWER[start : start + 3] for start in range(0, len(ANSWER), 3)])
    assert not streamed.needs_replace
    assert len(streamed.blocks) == 7


def test_nothing_fed_ends_in_nothing() -> None:
    streamed = stream([])
    assert (streamed.blocks, streamed.html, streamed.needs_replace) == ([], "", False)


def test_what_is_sent_grows_with_the_answer_and_not_with_its_square() -> None:
    def bytes_sent(document: str) -> int:
        pieces = [document[start : start + 32] for start in range(0, len(document), 32)]
        streamed = stream(pieces)
        tails = sum(len(update.tail) for update in streamed.updates if update.changed)
        return tails + len(streamed.joined)

    assert bytes_sent(ANSWER * 80) < 11 * bytes_sent(ANSWER * 8)


def test_one_block_without_an_end_is_shown_less_often_the_longer_it_grows() -> None:
    streamed = stream(["- an item of a list\n"] * 1_500)
    shown = sum(len(update.tail) for update in streamed.updates if update.changed)
    assert shown < 60 * len(streamed.joined)
    assert not streamed.needs_replace
