"""Random markdown documents, ways to cut them, and what a page makes of the pieces."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from hypothesis import strategies as st

from services.shared.highlighting.code import Code, Colours
from services.shared.markdown import Change, FinalChanges, Splitter
from tests.support.rendered import plain
from tests.unit.shared.markdown.page_model import Page

PREFIX = "message_7"
Cut = tuple[str, list[str]]
"""A document, and the same document in pieces."""

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
HEAD = re.compile('<span class="code-head">.*?</button></span>')
DIRECTION = re.compile(' dir="(?:auto|ltr)"')
# What documents are made of; a bar stands between two pieces.
_FRAGMENTS = (
    "word ¦more words\n¦\n¦\n\n¦\n\n\n¦  \n¦\\\n¦\r\n¦\r¦\t¦ ¦    ¦# Title\n¦## ¦a\n===\n¦"
    "b\n---\n¦---\n¦***\n¦* * *\n¦=¦-¦- ¦* ¦+ ¦- item\n¦- [x] done\n¦- [ ] open\n¦  - nested\n¦"
    "-\n¦1. one\n¦2) two\n¦9. ¦   in\n¦-\n\n¦-     code\n\n  x\n¦-\ta\n\n\tb\n¦> quoted\n¦> ¦"
    ">> deep\n¦> [!NOTE]\n¦> - item\n¦lazy\n¦>     code\n¦```\n¦```python\n¦~~~\n¦````\n¦`¦``¦"
    "`code`¦    indented\n¦~~~~\n¦| a | b |\n¦|---|:-:|\n¦| 1 | 2 |\n¦|¦a|b\n¦-|-\n¦| 1 |\n¦**¦*¦"
    "_¦__¦~~¦**bold**¦*em*¦~~gone~~¦\\¦&amp;¦&¦&#0;¦[link](http://a.example/b)¦[¦]¦](¦)¦"
    "![alt](http://a.example/i)¦![¦!¦<http://a.example>¦<a@b.example>¦http://a.example/c_d.¦"
    "(https://a.example/(x))¦[ref]¦[ref][]¦[text][ref]¦[ref]: http://a.example\n¦[ref]:\n¦"
    "'title'\n¦'open\n¦[^1]¦[^1]: note\n¦[^n]: ¦[^N]¦    continued\n¦  [ref]: /in\n¦<div>\n¦"
    "</div>\n¦<b>¦<br>¦<!-- ¦ -->\n¦<script>\n¦</script>\n¦<?¦<![CDATA[¦<details>\n¦<¦>¦\"¦'¦"
    "\x00¦\ufeff¦\u202e¦\ud800¦é¦漢字¦🙂¦\u2028¦\x0b¦\xa0¦&#x6a;¦$¦$$¦$x^2$¦$$\ny\n$$\n¦\\(a\\)¦"
    "\\[b\\]¦\\(¦\\]¦costs $5 and $6 ¦\\\\¦\ufdd0¦#\n¦**$1** ¦**$2**¦US$3¦$4-$5¦~~$6~~¦*$a*¦$b$7¦"
    '\x7f¦（字）¦「¦。¦는¦- [ ]\n¦* [x]\n\n  w\n¦  w\n¦1. [ ]¦$$$¦($$)¦`$a`¦"$b"¦$c/$d¦H$_2$O¦'
    "3$\\times$3¦$$x^2\n¦+ y^2$$¦\\[a_1\n¦- b\\]¦*.py，¦字**¦**“¦”**¦~~（¦\ufe00¦\U000e0100¦"
    "```md\n¦~~~markdown\n¦```sh\n¦\\begin{align}\n¦\\end{align}\n¦\\begin{cases}¦a &= b \\\\\n¦"
    "+ c_1 &\n¦$$\n¦\\[\n¦\\]\n¦\ufdd8¦<sub>¦</sub>¦H<sub>2</sub>O¦<kbd>¦</kbd>¦<SUP>¦</sup >¦"
    "<br />¦<br>\n¦</details>\n¦</details>¦<details><summary>a *b*</summary>\n¦"
    "<summary>c</summary>\n¦<summary>¦</summary>¦<details>¦<details open>\n¦> <kbd>¦![a](PIXEL)¦"
    "![b](<PIXEL> 'c')¦PIXEL¦[ref]: PIXEL\n¦`PIXEL`¦<img src='PIXEL'>¦![a][ref]¦שלום ¦"
    "\ufddc0\ufddd"
)
_BLOCKS = (
    "- a\n- b\n- c\n¦1. a\n2. b\n3. c\n¦- a\n\n- b\n\n¦+ a\n+ b\n¦- - x\n  - y\n¦"
    "  - in\n    - deep\n¦10. ten\n    - sub\n\n      para\n¦- # h\n- ## g\n  t\n¦"
    "- [ ] t\n\n- [x] u\n¦1) a\n   > b\n   > c\n\n   d\n¦> - a\n>\n>   b\n> - c\n¦> x\n>\n> y\n¦"
    "> [!TIP]\n> a\n>\n> - b\n> - c\n¦> ```\n> x\n¦> > a\n> >\n> > b\n¦```py\na = 1\n\nb\n```\n¦"
    "   ```sh\n   x\n   y\n   ```\n¦  ```\n  a\n  b\n¦"
    "| x | y | z |\n|--|:-:|--:|\n| 1 | 2 | 3 |\n| 4 |\n¦- | a | b |\n  |--|--|\n  | 1 |\n¦"
    "> | a | b |\n> |--|--|\n> | 1 | 2 |\n¦[^1]: a\n\n    b\n\n¦word\n\nword\n\n¦"
    "[^2]: a\n\n    - b\n    - c\n\n¦<details>\n\n¦1. a\n\n   ```\n   b\n\n   c\n¦"
    "```md\n# a\n```py\nb\n```\nc\n```\n¦- ~~~md\n  ~~~sh\n  a\n  ~~~\n  ~~~\n¦"
    "> ```md\n> ```md\n¦\\begin{align}\na &= b \\\\\n- c &= d\n\\end{align}\n¦"
    "> \\begin{gather}\n> a\n>\n> b &\n¦- \\begin{align*}\n  a\n  \\end{align*}. b\n¦"
    "$$\n\\begin{split}\na\n\\end{split}\n$$\n¦他说**「甲」**的事，~~（乙）~~后面\n¦"
    "A **$1** b **$2** c **$3**, | *$4* |\n¦"
    "<details>\n<summary>a</summary>\n\nb\n\n- c\n\n</details>\n¦- <details>\n\n  a\n- b\n¦"
    "<details><summary>a</summary>b</details>\n¦<details>\na\n</details>\n\n¦</details>\n\n¦"
    "> <details>\n> a\n>\n> b\n>\n> </details>\n>\n> c\n¦<details>\n\n<details>\n\na\n\n¦"
    "<details>\n\n```py\na\n</details>\n```\n\n¦<details>\n\na</details>\n\n¦<br>\na *b*\n\n¦"
    "<details>\n```py\n</details>\n```\n> a\n\n¦"
    "<details>\n\n|a|\n|-|\n|b|\n|c|\n\n</details>\n\n¦"
    "<details>\n<summary>\n\n### a\n\n</summary>\n\nb\n\n</details>\n¦<summary>\n\n¦"
    "</summary>\n\n¦<details>\n<summary><b>a</b></summary>\n<p>b</p>\n</details>\n\n¦"
    "<details> is *a*\n\n¦<ul>\n<li>a</li>\n</ul>\n</details>\n\n¦**b</details>** c\n\n¦"
    "# d</details>\n¦    e\n    </details>\n\n¦\n    </details>\n¦- <summary> – f\n¦"
    "> <details>\n> <summary>\n>\n¦![a](PIXEL)\n\n¦- ![a](PIXEL)\n- b\n¦"
    "|a|\n|-|\n|![b](PIXEL)|\n\n¦```\nPIXEL\n```\n"
)
FRAGMENTS = (
    *_FRAGMENTS.replace("PIXEL", PIXEL).split("¦"),
    *(f"![]({PIXEL[:40]}", PIXEL[:22], PIXEL[:15]),
)
BLOCKS = tuple(_BLOCKS.replace("PIXEL", PIXEL).split("¦"))
_ELEMENTS = {
    "***": ("<em><strong>", "</strong></em>"),
    **dict.fromkeys(("**", "__"), ("<strong>", "</strong>")),
    **dict.fromkeys(("*", "_"), ("<em>", "</em>")),
    "~~": ("<del>", "</del>"),
}
_MARKED = re.compile(
    r"(``|`)(?P<code>.+?)\1|\\(?P<escaped>[*$])"
    r"|(?P<marks>\*\*\*|\*\*|__|~~|\*|(?<!\w)_)(?=\S)(?P<text>.+?)(?<=\S)(?P=marks)(?![*_])"
)


@st.composite
def long_blocks(draw: st.DrawFn) -> str:
    """A list, a table, a quotation or code of some lines, perhaps inside another container."""
    count = draw(st.integers(2, 12))
    first, each, last = draw(
        st.sampled_from(
            [
                *(("", "- a *b* {}\n", ""), ("", "1. `a` {}\n", "\n"), ("", "- {}\n  - in\n", "")),
                *(("|a|b|\n|-|-|\n", "|{}|b|\n", "\n"), ("", "> a {}\n>\n", "\n")),
                *(("```py\n", "x = {}\n", "```\n"), ("~~~\n", "{}\n\n", ""), ("", "a {}\n\n", "")),
            ]
        )
    )
    block = first + "".join(each.format(number) for number in range(count)) + last
    mark = draw(st.sampled_from(["", "", "- ", "> ", "1. ", "> - "]))
    rest = " " * len(mark) if ">" not in mark else ">".ljust(len(mark))
    lines = block.splitlines(keepends=True)
    return "".join((rest if number else mark) + line for number, line in enumerate(lines))


documents = st.lists(
    st.sampled_from(FRAGMENTS) | st.sampled_from(BLOCKS) | long_blocks() | st.text(max_size=4),
    max_size=25,
).map("".join)


@st.composite
def cut_documents(draw: st.DrawFn) -> Cut:
    document = draw(documents)
    return document, draw(pieces_of(document))


@st.composite
def pieces_of(draw: st.DrawFn, document: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(document)), max_size=30)))
    edges = [0, *cuts, len(document)]
    return [document[a:b] for a, b in pairwise(edges)]


@dataclass
class Streamed:
    """A text that was fed, the page that took every change, and how it stood after each piece."""

    splitter: Splitter
    last: FinalChanges
    page: Page
    states: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[Change, ...]] = field(default_factory=list)

    @property
    def all_changes(self) -> list[Change]:
        return [change for changes in self.changes for change in changes]


def no_colours(_codes: Iterable[Code]) -> Colours:
    return {}


def fed(pieces: list[str]) -> tuple[Splitter, FinalChanges]:
    """Feed the pieces to a splitter without a page, and end the text."""
    splitter = Splitter(PREFIX)
    for piece in pieces:
        splitter.feed(piece)
    return splitter, splitter.finish()


def stream(
    pieces: list[str],
    splitter: Splitter | None = None,
    page: Page | None = None,
    *,
    colour: Callable[[Iterable[Code]], Colours] = no_colours,
) -> Streamed:
    """Feed the pieces and end the text; a page and a splitter may have begun elsewhere.

    What `colour` returns comes behind each piece, and the end.
    """
    splitter = splitter or Splitter(PREFIX)
    page = page or Page(PREFIX)
    states, changes = [page.state()], []
    for piece in pieces:
        changes.append(splitter.feed(piece))
        changes[-1] += splitter.colour(colour(splitter.take_codes()))
        page.apply(changes[-1])
        states.append(page.state())
    last = splitter.finish()
    changes.append(last.changes + splitter.colour(colour(splitter.take_codes())))
    page.apply(changes[-1])
    return Streamed(splitter, last, page, states, changes)


def shown(document: str, longest_piece: int = 30) -> str:
    """Return the HTML of a text, the same however the text came.

    It is without ids, directions and the heads of code.
    """
    whole = plain(document, id_prefix=PREFIX)
    cuts = Random(document)  # noqa: S311 - no secret
    pieces, start = [], 0
    while start < len(document):
        end = start + cuts.randint(1, longest_piece)
        pieces.append(document[start:end])
        start = end
    assert stream(pieces).page.state() == (whole, "")
    return HEAD.sub("", DIRECTION.sub("", plain(document)))


def as_people_read(source: str) -> str:
    """Return emphasis and code in a line as HTML, as people mean it, not by CommonMark's rules."""

    def replaced(found: re.Match[str]) -> str:
        if found["code"]:
            return f"<code>{found['code']}</code>"
        if found["escaped"]:
            return found["escaped"]
        opening, closing = _ELEMENTS[found["marks"]]
        return opening + as_people_read(found["text"]) + closing

    return _MARKED.sub(replaced, source)


def in_pieces(document: str, length: int) -> list[str]:
    return [document[start : start + length] for start in range(0, len(document), length)]
