"""The blocks that are open on a page, from the outermost to the innermost."""

from typing import Final

from services.shared.markdown.html.block_html import Shell, child_id
from services.shared.markdown.parse.blocks import Block, Kind
from services.shared.text_buffer import TextBuffer

# How many children of a container that `reopening` opened again are not part of the text.
_REPEATED: Final[dict[Kind, int]] = {"item": 1, "quote": 1, "table": 1, "details": 1}
_FENCES: Final = frozenset("`~")
# CommonMark's own limit, 5.2 "List items".
_MAX_NUMBER: Final = 999_999_999


class Frame:
    """An open container or code block: its HTML on the page, and source that opens it again.

    In a parse, the first `repeated` children of its block are known already; the others are
    appended to the element `target`. `code` is the text of a code block so far.
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
        """Return the id of the next child and count it."""
        self._count += 1
        return f"{child_id(self.id, self.block.kind, self._count - 1)}"

    def next_number(self, first: int) -> int:
        """Return the number of the open or next item of a list that starts with `first`."""
        return min(first + self._count - (self.child is not None), _MAX_NUMBER)

    def settle(self) -> None:
        """Note that the next parse begins with the source that opens the container again."""
        self.repeated = _REPEATED.get(self.block.kind, 0)

    def whole(self) -> str:
        """Return the HTML of the container and its content, as the page has it."""
        inside = self.child.whole() if self.child else ""
        return "".join((self.shell.opening, *self.html, inside, self.shell.closing))

    def finished(self) -> str:
        """Return the beginning of `whole` that stays as it is, whatever text follows.

        Open code is not in it: it is replaced when it closes.
        """
        is_kept = self.child is not None and self.child.block.kind != "code"
        inside = self.child.finished() if self.child and is_kept else ""
        return "".join((self.shell.opening, *self.html, inside))

    def innermost(self) -> "Frame":
        """Return the innermost open block within this one."""
        frame = self
        while frame.child is not None:
            frame = frame.child
        return frame

    def takes_as_code(self, text: str) -> bool:
        """Return whether text goes into open code unparsed.

        The code is fenced, in no container, and the text has no fence that could end it.
        """
        opening = self.all_reopening()
        return (
            self.innermost().block.kind == "code"
            and opening[0] in _FENCES
            and opening[0] not in text
        )

    def all_reopening(self) -> str:
        """Return the source that opens all open blocks again, before the text that follows."""
        lines, frame = self.reopening, self
        while frame.child is not None:
            frame = frame.child
            lines += frame.reopening
        return lines
