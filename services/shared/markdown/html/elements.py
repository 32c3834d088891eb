"""The HTML elements of markdown's tags."""

import re
from html import escape
from typing import Final, NamedTuple

_OUTER_HEADINGS: Final = 2
_LAST_HEADING: Final = 6
# The second character asks for the sign as text, not as an emoji.
_BACK: Final = "\N{LEFTWARDS ARROW WITH HOOK}\ufe0e"
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,39}")
NO_WORDS: Final = "image"
_OF_A_PAGE: Final = ' target="_blank"'
# Without JavaScript no browser goes to a data URL.
_OF_AN_IMAGE: Final = ' download="image"'
# Elements whose direction follows their first letter with one. Letters in an element with a
# direction of its own do not count, so blocks in a list, a quotation or a table have none.
_RUNS_AS_ITS_TEXT: Final = frozenset(
    ("blockquote", "div", "h3", "h4", "h5", "h6", "ol", "p", "summary", "table", "ul")
)
AS_ITS_TEXT: Final = ' dir="auto"'
LEFT_TO_RIGHT: Final = ' dir="ltr"'


class Element(NamedTuple):
    """An element: its name, its attributes with a leading space, what follows its tag, its end."""

    name: str
    attributes: str
    inner: str
    closing: str


def element(
    name: str, attributes: str = "", inner: str = "", inner_end: str = "", after: str = ""
) -> Element:
    """Return an element with HTML at the start and end of its content, and HTML behind it."""
    return Element(name, attributes, inner, f"{inner_end}</{name}>{after}")


PLAIN: Final = {
    "Paragraph": element("p"),
    "Item": element("li"),
    "Emphasis": element("em"),
    "Strong": element("strong"),
    "Strikethrough": element("del"),
    "HtmlBlock": element("pre", LEFT_TO_RIGHT, '<code class="language-html">', "</code>"),
    "Summary": element("summary"),
}
TABLE: Final = element("table", inner_end="</tbody>")
TABLE_HEAD: Final = element("thead", inner="<tr>", inner_end="</tr>", after="<tbody>")
TABLE_ROW: Final = element("tr")
# Styles are not allowed, so an alignment is a class.
_CELLS: Final = {
    (name, alignment): element(
        name, "" if alignment == "None" else f' class="align-{alignment.lower()}"'
    )
    for name in ("th", "td")
    for alignment in ("None", "Left", "Center", "Right")
}


def direction(name: str) -> str:
    """Return the direction attribute of an element that stands alone."""
    return AS_ITS_TEXT if name in _RUNS_AS_ITS_TEXT else ""


def heading(level: str) -> Element:
    """Return the heading of a level from H1 to H6, two levels lower, below the page's own."""
    return element(f"h{min(int(level[1:]) + _OUTER_HEADINGS, _LAST_HEADING)}")


def quote(kind: str | None) -> Element:
    """Return a quotation, or one of GitHub's five alerts with its title."""
    if kind is None:
        return element("blockquote")
    classes = f' class="alert alert-{kind.lower()}"'
    return element("blockquote", classes, f'<p class="alert-title"{AS_ITS_TEXT}>{kind}</p>')


def list_of(first: int | None) -> Element:
    """Return a bullet list, or a numbered one that begins at `first`."""
    if first is None:
        return element("ul")
    return element("ol", "" if first == 1 else f' start="{first}"')


def language_of(info: str) -> str:
    """Return the first word of a fence's info string, if it can name a language."""
    words = info.split(maxsplit=1)
    return words[0] if words and _LANGUAGE.fullmatch(words[0]) else ""


def code(language: str) -> Element:
    """Return a code block; its language is a label as well as a class."""
    if not language:
        return element("pre", LEFT_TO_RIGHT, "<code>", "</code>")
    label = f' data-language="{language}"{LEFT_TO_RIGHT}'
    return element("pre", label, f'<code class="language-{language}">', "</code>")


def formula_source(tex: str) -> str:
    """Return a formula that cannot be converted as its source."""
    return f'<code class="math"{LEFT_TO_RIGHT}>{escape(tex.strip(), quote=False)}</code>'


def code_in_line(text: str) -> str:
    """Return code within a line."""
    return f"<code{LEFT_TO_RIGHT}>{escape(text, quote=False)}</code>"


def link_attributes(href: str) -> str:
    """Return the attributes of a link to a safe address: pages open a tab, images download."""
    scheme = href[:5].lower()
    opens = _OF_A_PAGE if scheme.startswith("http") else ""
    return f' href="{escape(href)}"{_OF_AN_IMAGE if scheme == "data:" else opens}'


def anchor(href: str, title: str, classes: str = "") -> Element:
    """Return a link to an address that is known to be safe."""
    title_attribute = f' title="{escape(title)}"' if title else ""
    class_attribute = f' class="{classes}"' if classes else ""
    return element("a", f"{link_attributes(href)}{title_attribute}{class_attribute}")


def image_without_address(title: str) -> Element:
    """Return the placeholder of an image that is missing, or not complete yet."""
    title_attribute = f' title="{escape(title)}"' if title else ""
    return element("a", f'{title_attribute} class="remote-image"')


def unfinished_image(words: str) -> str:
    """Return the whole placeholder of an image without an end."""
    return f'<a class="remote-image">{escape(words or NO_WORDS, quote=False)}</a>'


def footnote(label: str, id_attribute: str, return_href: str | None) -> Element:
    """Return a footnote's definition, with its label first and a link back last."""
    back = f'<a href="{return_href}" class="footnote-back">{_BACK}</a>' if return_href else ""
    mark = f"<sup{id_attribute}{AS_ITS_TEXT}>{escape(label, quote=False)}</sup>"
    return element("div", ' class="footnote"', mark, back)


def footnote_reference(label: str, href: str | None, id_attribute: str) -> str:
    """Return the whole reference to a footnote, a link if its address is known."""
    mark = escape(label, quote=False)
    linked = f'<a href="{href}">{mark}</a>' if href else mark
    return f'<sup{id_attribute} class="footnote-reference">{linked}</sup>'


def task_mark(*, checked: bool) -> str:
    """Return the read-only checkbox of a task."""
    return f'<input type="checkbox" disabled{" checked" if checked else ""}> '


class TableCells:
    """Walks through the cells of one table, row by row, head first."""

    __slots__ = ("_alignments", "_column", "_name")

    def __init__(self, alignments: tuple[str, ...] = ()) -> None:
        self._alignments = alignments
        self._column = 0
        self._name = "td"

    def start(self, tag: str) -> Element:
        """Move to the head, a row or a cell, and return its element."""
        if tag == "TableCell":
            self._column += 1
            return _CELLS[self._name, self._alignments[self._column - 1]]
        self._column = 0
        self._name = "th" if tag == "TableHead" else "td"
        return TABLE_HEAD if tag == "TableHead" else TABLE_ROW
