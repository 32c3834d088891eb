"""The HTML that rendered markdown may consist of, independent of the code, and a checker."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override

import nh3

VOID = {"br", "hr", "input"}
_MATH_SWITCHES = (
    "accent accentunder displaystyle fence largeop movablelimits separator stretchy symmetric"
)
_MATH_LENGTHS = "depth height linethickness lspace maxsize minsize rspace voffset width"
_MATH_SPACINGS = "columnspacing rowspacing"
_MATH_WORDS = "columnalign columnlines form mathvariant notation rowlines scriptlevel"
_MATH = (
    "menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup "
    "msup mtable mtd mtext mtr munder munderover"
)


def _each(names: str, value: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), value)


_ATTRIBUTES = {
    "a": "aria-label href title class rel target download",
    "annotation": "encoding",
    "button": "type class",
    "details": "id",
    "input": "aria-label type disabled checked",
    "kbd": "dir",
    "math": "display",
    "ol": "id class start dir",
    "pre": "id class data-language dir",
    "summary": "dir id",
    "span": "class id dir",
    "td": "class",
    "th": "class scope",
    **_each("blockquote code div p sup ul", "class id dir"),
    "li": "class id",
    **_each("h3 h4 h5 h6", "id dir"),
    **_each("hr tbody tr", "id"),
    **_each("bdi br del em semantics strong sub table thead", ""),
    **_each(_MATH, f"{_MATH_SWITCHES} {_MATH_LENGTHS} {_MATH_SPACINGS} {_MATH_WORDS}"),
}
ALLOWED = {tag: set(names.split()) for tag, names in _ATTRIBUTES.items()}
_IN_MATH = {*_MATH.split(), "annotation", "semantics"}
_CLASSES = {
    "a": r"footnote-back|remote-image",
    "blockquote": r"(continued ?)?(alert alert-(note|tip|important|warning|caution))?",
    "button": "copy",
    "code": r"math|language-[A-Za-z0-9][\w+#.-]*",
    "div": "footnote|continued|table-scroller",
    "p": "alert-title",
    "span": r"[a-z][a-z0-9]{0,2}|code-head(__language)?|formula(__scroller)?|remote-image__act",
    "sup": "footnote-reference",
    **_each("li ol pre ul", "continued"),
    **_each("td th", r"align-(left|center|right)"),
}
# What our own elements stand in: nothing that a text says may look like them.
_PARENTS = {
    "code-head": {"pre"},
    "code-head__language": {"span.code-head"},
    "copy": {"span.code-head", "span.formula"},
    "formula__scroller": {"span.formula"},
    "remote-image__act": {"a.remote-image"},
}
_LABELS = {"span.code-head__language", "button.copy", "span.remote-image__act"}
_VALUES = {
    "aria-label": "Task|Back to the text",
    "checked": "",
    "columnalign": "left|center|right",
    "data-language": r"[A-Za-z0-9][\w+#.-]*",
    "dir": "auto|ltr",
    "disabled": "",
    "display": "block|inline",
    "download": "image",
    "encoding": "application/x-tex",
    "form": "prefix|infix|postfix",
    "href": r"(?i:https?://|mailto:)[^\x00-\x20\"<>]+|#message_7_fn(ref)?_[A-Za-z0-9-]*"
    r"|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}",
    "id": r"message_7_(b[0-9]+(_[bilr][0-9]+)*(_body|_code)?|fn(ref)?_[A-Za-z0-9-]*)",
    "mathvariant": "[a-z-]+",
    "notation": "[a-z ]+",
    "rel": "noopener noreferrer nofollow",
    **_each("columnlines rowlines", "(solid|dashed|none| )+"),
    "scope": "col",
    "scriptlevel": "[0-3]",
    "start": "[0-9]{1,9}",
    "target": "_blank",
    "title": r"(?s:.*)",
    "type": "button|checkbox",
    **_each(_MATH_SWITCHES, "true|false"),
    **_each(
        f"{_MATH_LENGTHS} {_MATH_SPACINGS}", r"([+-]?([0-9]{0,2}(\.[0-9]+)?(em|ex|pt|px)|0) ?)+"
    ),
}


@dataclass
class Outline(HTMLParser):
    """What an independent parser finds in HTML; it refuses what is not allowed.

    `labels` are the words of our own elements, `text` is everything else.
    """

    ids: list[str] = field(default_factory=list)
    roots: list[str | None] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: str = ""
    labels: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            _check_attribute(tag, name, value or "")
        found = dict(attrs)
        assert len(found) == len(attrs)
        self.tags.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.roots += [] if self.open else [found.get("id")]
        name = found.get("class") or ""
        self._check_nesting(tag, name)
        self.open += [] if tag in VOID else [tag]
        self._path += [] if tag in VOID else [f"{tag}.{name}" if name else tag]

    def _check_nesting(self, tag: str, name: str) -> None:
        assert tag not in {"a", "button"} or not {"a", "button", "summary"} & {*self.open} - (
            {"summary"} if tag == "a" else set()
        )
        assert tag != "summary" or self.open[-1] in {"details", "div"}
        if name in _PARENTS:
            assert self._path[-1] in _PARENTS[name], (name, self._path)
        else:
            is_formula = name == "formula"
            assert tag != "span" or is_formula or self.open[-2:] == ["pre", "code"]
        assert tag == "math" or (tag in _IN_MATH) == ("math" in self.open)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._path.pop()

    @override
    def handle_data(self, data: str) -> None:
        assert self.open, f"text outside of every element: {data!r}"
        assert not re.search("[\x00\ufdd0-\ufdef]", data)
        if self._path[-1] in _LABELS:
            self.labels.append(data)
        else:
            self.text += data

    @override
    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"neither element nor text: {data!r}")

    @override
    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    handle_pi = unknown_decl = handle_comment


def _check_attribute(tag: str, name: str, value: str) -> None:
    assert name in ALLOWED[tag], (tag, name)
    pattern = _CLASSES[tag] if name == "class" else _VALUES[name]
    assert re.fullmatch(pattern, value), (tag, name, value)


def outline(html: str) -> Outline:
    """Read HTML; fails unless it is balanced and made of allowed elements and attributes only."""
    reader = Outline()
    reader.feed(str(html))
    reader.close()
    assert not reader.open
    return reader


def as_a_browser_reads(html: str) -> str:
    """Parse HTML as browsers do and write it again."""
    return nh3.clean(
        html,
        tags=set(ALLOWED),
        attributes=ALLOWED,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def reads_as_written(html: str) -> bool:
    """Say whether browsers see in HTML what it says; they have a name for the hard space."""
    read = as_a_browser_reads(html)
    return read.replace("&nbsp;", "\xa0") == str(html).replace("&nbsp;", "\xa0")
