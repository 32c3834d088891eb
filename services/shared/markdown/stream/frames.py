"""The containers that are open on a page, from the outermost to the innermost."""

from typing import Final

from services.shared.markdown.html.block_html import Shell, child_id
from services.shared.markdown.parse.blocks import Block, Kind
from services.shared.text_buffer import TextBuffer

# How many children of a container, opened again by `reopening`, are not part of the text.
_REPEATED: Final[dict[Kind, int]] = {"item": 1, "quote": 1, "table": 1, "details": 1}
_FENCES: Final = frozenset("`~")
# CommonMark's own limit, 5.2 "List items".
_MAX_NUMBER: Final = 999_999_999


class Frame:
    """An open container: what the page has of it, and what opens it again for the parser.

    `repeated` children of its block in a parse are no news; the others go to the element `target`.
    What stands in a code block so far is its `code`.
    """

    __slots__ = (
        *("_count", "block", "child", "code", "html", "id", "reopening", "repeated", "shell"),
        "target",
    )

    def __init__(self, block: Block, block_id: str, shell: Shell, reopening: str) -> None:
        self.block = block
        self.id = block_id
        self.shell = shell
        self.target = shell.target or block_id
        self.reopening = reopening
        self.repeated = shell.included
        self.html: list[str] = []
        self.code = TextBuffer()
        self.child: Frame | None = None
        self._count = 0

    def next_id(self) -> str:
        """Return the id of the next child, and count it."""
        self._count += 1
        return f"{child_id(self.id, self.block.kind, self._count - 1)}"

    def next_number(self, first: int) -> int:
        """Return the number of the item that goes on or comes next, in a list that has a first."""
        return min(first + self._count - (self.child is not None), _MAX_NUMBER)

    def settle(self) -> None:
        """Say that the next parse will begin with what opens the container again."""
        self.repeated = _REPEATED.get(self.block.kind, 0)

    def whole(self) -> str:
        """Return the HTML of the container and of all in it, as the page has it."""
        inside = self.child.whole() if self.child else ""
        return "".join((self.shell.opening, *self.html, inside, self.shell.closing))

    def innermost(self) -> "Frame":
        """Return the innermost of the open containers, from this one on."""
        frame = self
        while frame.child is not None:
            frame = frame.child
        return frame

    def is_code_to(self, text: str) -> bool:
        """Say whether text goes into open code as it is: the code is in nothing else, nor indented.

        Only a fence could end it.
        """
        opening = self.all_reopening()
        return (
            self.innermost().block.kind == "code"
            and opening[0] in _FENCES
            and opening[0] not in text
        )

    def all_reopening(self) -> str:
        """Return what opens the open containers again before the text that follows."""
        lines, frame = self.reopening, self
        while frame.child is not None:
            frame = frame.child
            lines += frame.reopening
        return lines
