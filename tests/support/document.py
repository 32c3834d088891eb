"""A document that Turbo Streams change as they do in a browser (Turbo, "Streams")."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tests.support.elements import Element, parse

REFRESH: Final = "refresh"


@dataclass(slots=True)
class Document:
    """A page's elements by their ids, and what went wrong on it."""

    root: Element
    by_id: dict[str, Element] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    """Ids that two elements have had at once."""
    missing: Counter[str] = field(default_factory=Counter)
    """Targets that were not there: Turbo passes over them in silence."""

    @classmethod
    def of(cls, html: str) -> "Document":
        """Read a whole page."""
        document = cls(parse(html))
        document._register(document.root)
        return document

    def apply(self, frame: str) -> list[Element]:
        """Do what the turbo-stream elements of `frame` say; return them."""
        streams = list(parse(frame).elements())
        for stream in streams:
            assert stream.tag == "turbo-stream", f"<{stream.tag}> in a frame"
            if stream.attributes["action"] != REFRESH:
                self._apply(stream)
        return streams

    def html_of(self, element_id: str) -> str:
        """Write the element with this id; nothing where there is none."""
        element = self.by_id.get(element_id)
        return element.html() if element else ""

    def _apply(self, stream: Element) -> None:
        name = stream.attributes["target"]
        target = self.by_id.get(name)
        if target is None:
            self.missing[name] += 1
            return
        content = _content(stream)
        match stream.attributes["action"]:
            case "append":
                self._append(target, content)
            case "update":
                self._empty(target)
                self._add(target, content)
            case "replace":
                self._replace(target, content)
            case "remove":
                self._replace(target, [])
            case action:
                raise AssertionError(f"{action} is not expected")

    def _append(self, target: Element, content: list[Element | str]) -> None:
        new = [child.id for child in content if isinstance(child, Element)]
        held = {child.id: child for child in target.elements() if child.id}
        # The page leaves what it has all of as it stands; stock Turbo puts the new in its place.
        if new and all(name in held for name in new):
            return
        for name in new:
            if name in held:
                self._replace(held[name], [])
        self._add(target, content)

    def _add(self, target: Element, content: Iterable[Element | str]) -> None:
        for child in content:
            target.add(child)
            if isinstance(child, Element):
                self._register(child)

    def _empty(self, target: Element) -> None:
        for child in target.elements():
            self._forget(child)
        target.children.clear()

    def _replace(self, target: Element, content: list[Element | str]) -> None:
        parent = target.parent
        assert parent is not None
        place = parent.children.index(target)
        self._forget(target)
        parent.children[place : place + 1] = content
        for child in content:
            if isinstance(child, Element):
                child.parent = parent
                self._register(child)

    def _register(self, root: Element) -> None:
        for element in root.tree():
            if element.id is None:
                continue
            if element.id in self.by_id:
                self.doubled.add(element.id)
            self.by_id[element.id] = element

    def _forget(self, root: Element) -> None:
        for element in root.tree():
            if element.id and self.by_id.get(element.id) is element:
                del self.by_id[element.id]


def _content(stream: Element) -> list[Element | str]:
    template = next(stream.elements(), None)
    return template.children if template else []
