"""A model of an open page with one message, which applies changes the way Turbo does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override

from services.shared.markdown import Change

_VOID = {"br", "hr", "input"}


@dataclass(eq=False)
class Node:
    """An element, with its tags as they were written; text is a string among the children."""

    opening: str = ""
    closing: str = ""
    id: str | None = None
    children: list["Node | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        nodes = [self]
        while nodes:
            yield (node := nodes.pop())
            nodes += node.elements()[::-1]

    def elements(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    def inner(self) -> str:
        return "".join(c if isinstance(c, str) else c.outer() for c in self.children)

    def outer(self) -> str:
        return f"{self.opening}{self.inner()}{self.closing}"


class Page:
    """The two elements of a message, with what is in them already."""

    def __init__(self, prefix: str, done: str = "", tail: str = "") -> None:
        self.done = Node(id=f"{prefix}_done", children=_parsed(done))
        self.tail = Node(id=f"{prefix}_tail", children=_parsed(tail))

    def apply(self, changes: Iterable[Change]) -> None:
        """Take the changes in order; whatever is about an element that is not there is lost."""
        for change in changes:
            for parent, target in self._find(change.target):
                _apply(change, parent, target)

    def ids(self) -> list[str]:
        roots = (self.done, self.tail)
        return [node.id for root in roots for node in root.walk() if node.id]

    def state(self) -> tuple[str, str]:
        return self.done.inner(), self.tail.inner()

    def _find(self, target: str) -> list[tuple[Node, Node]]:
        body = Node(children=[self.done, self.tail])
        found = ((node, child) for node in body.walk() for child in node.elements())
        return [(node, child) for node, child in found if child.id == target]


def _apply(change: Change, parent: Node, target: Node) -> None:
    news = _parsed(change.html)
    match change.action:
        case "append":
            _append(target, news)
        case "update":
            target.children = news
        case "replace":
            place = parent.children.index(target)
            parent.children[place : place + 1] = news


def _append(target: Node, news: list[Node | str]) -> None:
    """Append as Turbo does; what the page has already stays, as its append guard sees to it."""
    assert all(isinstance(new, Node) and new.id for new in news), "only what has an id is appended"
    ids = {new.id for new in news if isinstance(new, Node)}
    if ids <= {child.id for child in target.elements()}:
        return
    kept = [c for c in target.children if isinstance(c, str) or c.id not in ids]
    target.children = [*kept, *news]


class _TreeReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.path = [Node()]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(self.get_starttag_text() or "", f"</{tag}>", dict(attrs).get("id"))
        self.path[-1].children.append(node)
        if tag in _VOID:
            node.closing = ""
        else:
            self.path.append(node)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop().closing == f"</{tag}>"

    @override
    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)

    @override
    def handle_entityref(self, name: str) -> None:
        self.path[-1].children.append(f"&{name};")

    @override
    def handle_charref(self, name: str) -> None:
        self.path[-1].children.append(f"&#{name};")


def _parsed(html: str) -> list[Node | str]:
    reader = _TreeReader()
    reader.feed(html)
    reader.close()
    assert len(reader.path) == 1, html
    return reader.path[0].children
