"""HTML as a tree of elements: as much of it as a page needs that is changed by Turbo Streams."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Final, override

# HTML, "Void elements": they have no end tag.
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input"}
    | {"link", "meta", "param", "source", "track", "wbr"}
)


@dataclass(eq=False, slots=True)
class Element:
    """An element; what is in it are texts and elements, which know it as their parent."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)
    parent: "Element | None" = None

    @property
    def id(self) -> str | None:
        """Its id, if it has one."""
        return self.attributes.get("id") or None

    def elements(self) -> Iterator["Element"]:
        """Give its direct children that are elements."""
        return (child for child in self.children if isinstance(child, Element))

    def tree(self) -> Iterator["Element"]:
        """Give itself and everything below it, in the order of the text."""
        yield self
        for child in self.elements():
            yield from child.tree()

    def first(self, tag: str) -> "Element | None":
        """Find the first element of this kind in it."""
        return next((element for element in self.tree() if element.tag == tag), None)

    def text(self) -> str:
        """Join all text in it."""
        return "".join(
            child.text() if isinstance(child, Element) else child for child in self.children
        )

    def inner_html(self) -> str:
        """Write what is in it, equal for equal trees."""
        return "".join(
            child.html() if isinstance(child, Element) else escape(child, quote=False)
            for child in self.children
        )

    def html(self) -> str:
        """Write it, with its attributes in the order of their names."""
        attributes = "".join(
            f' {name}="{escape(value)}"' for name, value in sorted(self.attributes.items())
        )
        ending = "" if self.tag in _VOID else f"{self.inner_html()}</{self.tag}>"
        return f"<{self.tag}{attributes}>{ending}"

    def add(self, child: "Element | str") -> None:
        """Put `child` at the end; text that follows on text becomes one with it."""
        if isinstance(child, Element):
            child.parent = self
        elif self.children and isinstance(last := self.children[-1], str):
            self.children[-1] = last + child
            return
        self.children.append(child)


def parse(html: str) -> Element:
    """Read HTML whose tags are all closed; the root is an element without a name."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"left open: {[each.tag for each in reader.open[1:]]}"
    return reader.root


class _Reader(HTMLParser):
    """Builds the tree and insists on every end tag: what we write has them all."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag)
        for name, value in attrs:
            # Of two attributes with one name the first counts (HTML, "Attribute name state").
            element.attributes.setdefault(name, value or "")
        self.open[-1].add(element)
        if tag not in _VOID:
            self.open.append(element)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    @override
    def handle_data(self, data: str) -> None:
        self.open[-1].add(data)
