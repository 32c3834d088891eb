"""What a growing text costs, counted in what is sent and what is parsed."""

from collections.abc import Iterator

import pytest
from pyromark.event import Event, Range

from services.shared.markdown import Change, Splitter
from services.shared.markdown.parse import block_reader, source
from services.shared.markdown.stream import splitter
from tests.support.rendered import colours_of
from tests.unit.shared.markdown_documents import PREFIX, in_pieces, stream

SECTION = """\
## A section

The *quick* answer is that a **bounded** queue keeps `memory` flat while the rest waits.

- **Producers** call `put` and wait when the queue is full
- **Consumers** call `get` and mark what they did
  - nested: it may be none

```python
async def produce(queue):
    await queue.put(1)  # the end
```

| Call | Waits |
|------|:-----:|
| `put` | yes |

> [!NOTE]
> A queue that is never full has no use.

"""
LONG = {
    "list": "- an item with a *word* in it and another\n" * 700,
    "numbered list": "1. an item with a `word` in it\n\n" * 700,
    "nested list": "- a\n" + "  - an item that is in another one\n" * 700,
    "table": "| a | b |\n|---|---|\n" + "| one cell | `another` |\n" * 800,
    "code": "```python\n" + "value = function(number, 12)\n" * 900 + "```\n",
    "code in an item": "1. a\n\n   ```python\n" + '   value = function("another number")\n' * 800,
    "quotation": "> a line of what somebody said\n>\n" * 700,
    "list in a quotation": "> - an item of a list in it\n" * 900,
}
WITHOUT_END = {
    "paragraph": "one paragraph of many words ",
    "lines": "one paragraph\n",
    "html": "<div>\n",
    "indented code": "    code\n",
    "footnote": "[^a]: ",
    "brackets": "[",
    "quotations": "> ",
    "fences": "```\n~~~\n",
    "definitions": "[a]: b\n",
}


def bytes_sent(changes: list[Change]) -> int:
    wrapped = [
        f'<turbo-stream action="{c.action}" target="{c.target}"><template>{c.html}</template>'
        "</turbo-stream>"
        for c in changes
    ]
    return sum(len(text.encode()) for text in wrapped)


def parsed_while(monkeypatch: pytest.MonkeyPatch, document: str, length: int = 32) -> int:
    """Count the characters that the parser is given while a document is streamed."""
    given: list[int] = []

    def parse(text: str, *, placed: bool) -> Iterator[tuple[Event, Range]]:
        given.append(len(text))
        return source.events(text, placed=placed)

    with monkeypatch.context() as patched:
        patched.setattr(block_reader, "events", parse)
        splitter = Splitter(PREFIX)
        for piece in in_pieces(document, length):
            splitter.feed(piece)
        splitter.finish()
    return sum(given)


def test_a_mixed_answer_takes_at_most_six_times_its_html() -> None:
    streamed = stream(in_pieces(SECTION * 60, 32), colour=colours_of)
    assert bytes_sent(streamed.all_changes) < 6 * len(streamed.splitter.whole)
    assert not streamed.ending.needs_replace


@pytest.mark.parametrize("document", LONG.values(), ids=LONG.keys())
def test_a_single_long_block_takes_at_most_ten_times_its_html(document: str) -> None:
    streamed = stream(in_pieces(document, 32), colour=colours_of)
    assert bytes_sent(streamed.all_changes) < 10 * len(streamed.splitter.whole)


@pytest.mark.parametrize("document", [SECTION * 8, *LONG.values()], ids=["mixed", *LONG])
def test_work_grows_with_the_text_and_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    half = document[: len(document) // 2]
    assert parsed_while(monkeypatch, document) < 2.2 * parsed_while(monkeypatch, half)
    assert parsed_while(monkeypatch, document) < 10 * len(document)


@pytest.mark.parametrize("pattern", WITHOUT_END.values(), ids=WITHOUT_END.keys())
def test_a_block_without_an_end_is_looked_at_less_often_the_longer_it_grows(
    monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    document = pattern * (60_000 // len(pattern))
    assert parsed_while(monkeypatch, document, length=500) < 60 * len(document)


@pytest.mark.parametrize("pattern", ["*", "=", "-->", "\u2028"])
def test_a_line_that_may_become_anything_is_looked_at_less_often_the_longer_it_grows(
    monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    looked_at: list[int] = []

    class Undecided:
        def fullmatch(self, line: str) -> bool:
            looked_at.append(len(line))
            return True

    monkeypatch.setattr(splitter, "_UNDECIDED", Undecided())
    document = pattern * (20_000 // len(pattern))
    stream(in_pieces(document, 9))
    assert looked_at
    assert sum(looked_at) < 60 * len(document)


def test_a_few_characters_cannot_ask_for_thousands_of_empty_cells() -> None:
    rows = ["|" + "a|" * 500, "|" + "-|" * 500, *["a|"] * 500]
    document = "".join(f"{row}\n" for row in rows)
    streamed = stream(in_pieces(document, 100))
    assert len(streamed.splitter.whole) < 50 * len(document)
    assert streamed.page.state() == (streamed.splitter.whole, "")
