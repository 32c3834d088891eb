"""The cost of a growing text, in bytes sent and characters parsed."""

from collections.abc import Iterator

import pytest
from pyromark.event import Event, Range

from services.shared.markdown import Change, Splitter
from services.shared.markdown.parse import block_reader, source
from services.shared.markdown.stream import splitter
from tests.support.cases import each_of
from tests.support.rendered import colours_of
from tests.unit.shared.markdown.documents import PREFIX, fed, in_pieces

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
    "list": "- an item with a *word* in it and another\n" * 150,
    "numbered list": "1. an item with a `word` in it\n\n" * 150,
    "nested list": "- a\n" + "  - an item that is in another one\n" * 150,
    "table": "| a | b |\n|---|---|\n" + "| one cell | `another` |\n" * 170,
    "code": "```python\n" + "value = function(number, 12)\n" * 200 + "```\n",
    "code in an item": "1. a\n\n   ```python\n" + '   value = function("another number")\n' * 170,
    "quotation": "> a line of what somebody said\n>\n" * 150,
    "list in a quotation": "> - an item of a list in it\n" * 200,
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


def coloured_changes(document: str) -> tuple[Splitter, list[Change]]:
    splitter, changes = Splitter(PREFIX), list[Change]()
    for piece in in_pieces(document, 32):
        changes += splitter.feed(piece) + splitter.colour(colours_of(splitter.take_codes()))
    changes += splitter.finish().changes + splitter.colour(colours_of(splitter.take_codes()))
    return splitter, changes


def parsed_while(document: str, length: int = 32) -> int:
    """Count the characters that the parser is given while a document is streamed."""
    given: list[int] = []

    def parse(text: str, *, placed: bool) -> Iterator[tuple[Event, Range]]:
        given.append(len(text))
        return source.events(text, placed=placed)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(block_reader, "events", parse)
        fed(in_pieces(document, length))
    return sum(given)


def test_a_mixed_answer_takes_at_most_six_times_its_html() -> None:
    splitter, changes = coloured_changes(SECTION * 10)
    assert bytes_sent(changes) < 6 * len(splitter.whole)
    assert splitter.whole == splitter.done


@each_of(LONG.values())
def test_a_single_long_block_takes_at_most_ten_times_its_html(document: str) -> None:
    splitter, changes = coloured_changes(document)
    assert bytes_sent(changes) < 10 * len(splitter.whole)


@each_of([SECTION * 8, *LONG.values()])
def test_work_grows_with_the_text_and_not_with_its_square(document: str) -> None:
    half = document[: len(document) // 2]
    assert parsed_while(document) < 2.2 * parsed_while(half)
    assert parsed_while(document) < 10 * len(document)


def test_prose_is_parsed_once() -> None:
    assert parsed_while("one paragraph of many words " * 300, length=9) < 1.1 * 28 * 300


@each_of(WITHOUT_END.values())
def test_a_block_without_an_end_is_looked_at_less_often_the_longer_it_grows(pattern: str) -> None:
    document = pattern * (15_000 // len(pattern))
    assert parsed_while(document, length=50) < 60 * len(document)


@each_of(["*", "=", "-->", "\u2028"])
def test_a_line_that_may_become_anything_is_looked_at_less_often_the_longer_it_grows(
    pattern: str,
) -> None:
    looked_at: list[int] = []

    class Undecided:
        def fullmatch(self, line: str) -> bool:
            looked_at.append(len(line))
            return True

    document = pattern * (5_000 // len(pattern))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(splitter, "_UNDECIDED", Undecided())
        fed(in_pieces(document, 9))
    assert looked_at
    assert sum(looked_at) < 60 * len(document)
