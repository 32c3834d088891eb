"""Random markdown documents, ways to cut them, and an independent reader of the HTML made of them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override

from hypothesis import strategies as st
from markupsafe import Markup

from services.shared.markdown import Block, Splitter, Update

FRAGMENTS = (
    *("word ", "more words\n", "\n", "\n\n", "\n\n\n", "  \n", "\\\n", "\r\n", "\r", "\t", " ", "    "),
    *("# Title\n", "## ", "a\n===\n", "b\n---\n", "---\n", "***\n", "=", "-", "- ", "* ", "+ "),
    *("- item\n", "- [x] done\n", "- [ ] open\n", "  - nested\n", "1. one\n", "2) two\n", "9. ", "   in\n"),
    *("> quoted\n", "> ", ">> deep\n", "> [!NOTE]\n", "> - item\n", "lazy\n"),
    *("```\n", "```python\n", "~~~\n", "````\n", "`", "``", "`code`", "    indented\n"),
    *("| a | b |\n", "|---|:-:|\n", "| 1 | 2 |\n", "|", "a|b\n", "-|-\n"),
    *("**", "*", "_", "__", "~~", "**bold**", "*em*", "~~gone~~", "\\", "&amp;", "&", "&#0;", "&#x6a;"),
    *("[link](http://a.example/b)", "[", "]", "](", ")", "![alt](http://a.example/i.png)", "![", "!"),
    *("<http://a.example>", "<a@b.example>", "http://a.example/c_d.", "(https://a.example/(x))"),
    *("[ref]", "[ref][]", "[text][ref]", "[ref]: http://a.example\n", "[ref]:\n", "'title'\n", "'open\n"),
    *("[^1]", "[^1]: note\n", "[^n]: ", "[^N]", "    continued\n"),
    *("<div>\n", "</div>\n", "<b>", "<br>", "<!-- ", " -->\n", "<script>\n", "</script>\n", "<?", "<![CDATA["),
    *("<details>\n", "<", ">", '"', "'", "\0", "\ufeff", "\u202e", "\ud800", "é", "漢字", "🙂", "\u2028", "\x0b"),
)

documents = st.lists(
    st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=40
).map("".join)


@st.composite
def cut_documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A document, and the same document in pieces."""
    document = draw(documents)
    cuts = sorted(draw(st.lists(st.integers(0, len(document)), max_size=30)))
    edges = [0, *cuts, len(document)]
    return document, [document[a:b] for a, b in zip(edges, edges[1:], strict=False)]


@dataclass
class Streamed:
    """All that a splitter said about one text."""

    updates: list[Update]
    blocks: list[Block]
    html: Markup
    needs_replace: bool

    @property
    def joined(self) -> str:
        return "".join(block.html for block in self.blocks)


def stream(pieces: list[str], id_prefix: str | None = "message_7") -> Streamed:
    splitter = Splitter(id_prefix)
    updates = [splitter.feed(piece) for piece in pieces]
    ending = splitter.finish()
    blocks = [block for update in updates for block in update.blocks] + [*ending.blocks]
    return Streamed(updates, blocks, ending.html, ending.needs_replace)


_VOID = {"br", "hr", "input"}
_CLASS = re.compile(
    r"language-[\w+#.-]+|align-(left|center|right)|footnote(-reference)?|image-link"
    r"|alert-title|alert alert-(note|tip|important|warning|caution)"
)
ALLOWED = {
    "a": {"href", "title", "class", "rel"},
    "input": {"type", "disabled", "checked"},
    "ol": {"id", "start"},
    **{tag: {"class"} for tag in ("code", "td", "th")},
    **{tag: {"id", "class"} for tag in ("blockquote", "div", "p", "sup")},
    **{tag: {"id"} for tag in ("h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "table", "ul")},
    **{tag: set() for tag in ("br", "del", "em", "li", "strong", "tbody", "thead", "tr")},
}


@dataclass
class Outline(HTMLParser):
    """What a parser that shares no code with the renderer finds in HTML; refuses what is not allowed."""

    ids: list[str] = field(default_factory=list)
    roots: list[str | None] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: str = ""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ALLOWED[tag], (tag, name)
            _check_value(name, value or "")
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.roots += [] if self.open else [found.get("id")]
        assert tag != "a" or "a" not in self.open
        self.open += [] if tag in _VOID else [tag]

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        assert self.open, f"text outside of every element: {data!r}"
        self.text += data

    def handle_other(self, data: str) -> None:
        raise AssertionError(f"neither element nor text: {data!r}")

    handle_comment = handle_decl = handle_pi = unknown_decl = handle_other


def _check_value(name: str, value: str) -> None:
    match name:
        case "href":
            assert re.match(r"https?://|mailto:|#message_7_fn_[A-Za-z0-9-]*$", value, re.IGNORECASE)
            assert not re.search(r"[\x00-\x20]", value)
        case "class":
            assert _CLASS.fullmatch(value)
        case "id":
            assert re.fullmatch(r"message_7_(b[0-9]+|fn_[A-Za-z0-9-]*)", value)
        case "rel":
            assert value == "noopener noreferrer nofollow"
        case "type":
            assert value == "checkbox"
        case "start":
            assert value.isdecimal()


def outline(html: str) -> Outline:
    """Read HTML; fails unless it is balanced and made of allowed elements and attributes only."""
    reader = Outline()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader
