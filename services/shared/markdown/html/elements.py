"""The HTML elements of markdown's tags."""

import re
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

from services.shared.markdown.safety.addresses import host_of
from services.shared.markdown.safety.trusted_html import insertion, text_html

# The second character asks for the sign as text, not as an emoji.
_BACK: Final = "\N{LEFTWARDS ARROW WITH HOOK}\ufe0e"
_BACK_ATTRIBUTES: Final = ' aria-label="Back to the text" class="footnote-back"'
_COPY: Final = '<button type="button" class="copy">Copy</button>'
_KEPT_HEADS: Final = 256
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,39}")
NO_WORDS: Final = "image"
_OF_A_PAGE: Final = ' target="_blank"'
# Without JavaScript no browser goes to a data URL.
_OF_AN_IMAGE: Final = ' download="image"'
# Elements whose direction follows their first letter with one. Letters in an element with a
# direction of its own do not count, so blocks in a list, a quotation or a table have none.
_RUNS_AS_ITS_TEXT: Final = frozenset(
    ("blockquote", "div", "h3", "h4", "h5", "h6", "ol", "p", "summary", "ul")
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


@lru_cache(_KEPT_HEADS)
def code(language: str) -> Element:
    """Return a code block with its head; the language is a label as well as a class."""
    label = f'<span class="code-head__language">{language}</span>' if language else ""
    head = insertion(f'<span class="code-head">{label}{_COPY}</span>')
    if not language:
        return element("pre", LEFT_TO_RIGHT, f"{head}<code>", "</code>")
    attributes = f' data-language="{language}"{LEFT_TO_RIGHT}'
    return element("pre", attributes, f'{head}<code class="language-{language}">', "</code>")


PLAIN: Final = {
    "Paragraph": element("p"),
    "Item": element("li"),
    "Emphasis": element("em"),
    "Strong": element("strong"),
    "Strikethrough": element("del"),
    "HtmlBlock": code("html"),
    "Summary": element("summary"),
}
TABLE: Final = element("div", ' class="table-scroller"', "<table>", "</tbody></table>")
TABLE_HEAD: Final = element("thead", inner="<tr>", inner_end="</tr>", after="<tbody>")
TABLE_ROW: Final = element("tr")
# Styles are not allowed, so an alignment is a class.
_CELLS: Final = {
    (name, alignment): element(
        name, scope + ("" if alignment == "None" else f' class="align-{alignment.lower()}"')
    )
    for name, scope in (("th", ' scope="col"'), ("td", ""))
    for alignment in ("None", "Left", "Center", "Right")
}


def direction(name: str) -> str:
    """Return the direction attribute of an element that stands alone."""
    return AS_ITS_TEXT if name in _RUNS_AS_ITS_TEXT else ""


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


def anchor(href: str, title: str) -> Element:
    """Return a link to an address that is known to be safe."""
    return element("a", f"{link_attributes(href)}{_title(title)}")


def remote_image(href: str, title: str) -> Element:
    """Return a link to an image, which says where the image comes from."""
    host = host_of(href)
    act = f"Show image from {text_html(host)}: " if host else "Show image: "
    words = insertion(f'<span class="remote-image__act"{LEFT_TO_RIGHT}>{act}</span>')
    return element("a", f'{link_attributes(href)}{_title(title)} class="remote-image"', words)


def image_without_address(title: str) -> Element:
    """Return the placeholder of an image that is missing, or not complete yet."""
    return element("a", f'{_title(title)} class="remote-image"')


def unfinished_image(words: str) -> str:
    """Return the whole placeholder of an image without an end."""
    return f'<a class="remote-image">{escape(words or NO_WORDS, quote=False)}</a>'


def footnote(label: str, id_attribute: str, return_href: str | None) -> Element:
    """Return a footnote's definition, with its label first and a link back last."""
    back = f'<a href="{return_href}"{_BACK_ATTRIBUTES}>{_BACK}</a>' if return_href else ""
    mark = f"<sup{id_attribute}{AS_ITS_TEXT}>{escape(label, quote=False)}</sup>"
    return element("div", ' class="footnote"', mark, back)


def footnote_reference(label: str, href: str | None, id_attribute: str) -> str:
    """Return the whole reference to a footnote, a link if its address is known."""
    mark = escape(label, quote=False)
    linked = f'<a href="{href}">{mark}</a>' if href else mark
    return f'<sup{id_attribute} class="footnote-reference">{linked}</sup>'


def task_mark(*, checked: bool) -> str:
    """Return the read-only checkbox of a task."""
    return f'<input type="checkbox" aria-label="Task" disabled{" checked" if checked else ""}> '


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

    def without_words(self) -> Element:
        """Return a cell in the place of a header cell that heads nothing."""
        return _CELLS["td", self._alignments[self._column - 1]]


def _title(title: str) -> str:
    return f' title="{escape(title)}"' if title else ""
