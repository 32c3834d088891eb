"""The tree of blocks while it is being built."""

from typing import Final

from pyromark.event import Event

from services.shared.markdown.parse.blocks import NOWHERE, Block

# How many nested containers become blocks of their own; a deeper one is one leaf.
_MAX_DEPTH: Final = 8
PARAGRAPH_START: Final[Event] = {"Start": "Paragraph"}
_SECTIONS: Final = frozenset(("root", "details"))


class BlockTree:
    """Takes blocks in order, and tracks which containers are open."""

    __slots__ = ("_open", "root")

    def __init__(self) -> None:
        self.root = Block("root", PARAGRAPH_START, NOWHERE, [])
        self._open = [self.root]

    @property
    def innermost(self) -> Block:
        """The innermost open container."""
        return self._open[-1]

    @property
    def room(self) -> int:
        """How many more containers may be opened within the innermost one."""
        return _MAX_DEPTH + 1 - len(self._open)

    @property
    def details(self) -> int:
        """How many details are open within the innermost container of another kind."""
        return [block.kind != "details" for block in reversed(self._open)].index(True)

    def add(self, block: Block) -> None:
        """Add a block to the innermost container."""
        block.stands_alone = self._open[-1].kind in _SECTIONS
        self._open[-1].children.append(block)

    def open(self, container: Block) -> None:
        """Add a container and leave it open."""
        self.add(container)
        self._open.append(container)

    def close_details(self, end: int) -> None:
        """Close the innermost details at their end tag."""
        details = self._open.pop()
        details.closed = True
        details.end = end

    def close(self, end: int) -> None:
        """Close the innermost container, and the details that are open in it."""
        while self._open[-1].kind == "details":
            details = self._open.pop()
            details.end = details.children[-1].end
        block = self._open.pop()
        # The parser's range of a list includes the definitions that follow it; the range of its
        # last item does not.
        block.end = block.children[-1].end if block.kind == "list" and block.children else end
