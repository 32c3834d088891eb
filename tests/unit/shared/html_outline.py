"""An independent reader of rendered markdown, with an allow-list of its own."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override

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
    """What an independent parser finds in HTML; it refuses what is not allowed."""

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

    @override
    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"neither element nor text: {data!r}")

    @override
    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    @override
    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    @override
    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)


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
        case _:
            assert name in {"title", "disabled", "checked"}


def outline(html: str) -> Outline:
    """Read HTML; fails unless it is balanced and made of allowed elements and attributes only."""
    reader = Outline()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader
