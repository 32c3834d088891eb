"""What is to change on a page: one Turbo Stream each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

type ChangeAction = Literal["append", "update", "replace"]


@dataclass(frozen=True, slots=True)
class Change:
    """A Turbo Stream to be: its action, the id of the element it is about, and its HTML."""

    action: ChangeAction
    target: str
    html: Markup


class Changes:
    """Gathers changes, and makes one of those that follow each other and append to one element.

    They are gathered as drafts, of which `fill` makes HTML.
    """

    __slots__ = ("_fill", "_gathered")

    def __init__(self, fill: Callable[[str], str]) -> None:
        self._fill = fill
        self._gathered: list[tuple[ChangeAction, str, list[str]]] = []

    def append(self, target: str, draft: str) -> None:
        """Append what `block_html` wrote to what is in an element."""
        if self._gathered and self._gathered[-1][:2] == ("append", target):
            self._gathered[-1][2].append(draft)
        else:
            self._gathered.append(("append", target, [draft]))

    def replace(self, target: str, draft: str) -> None:
        """Put what `block_html` wrote in the place of an element."""
        self._gathered.append(("replace", target, [draft]))

    def take(self) -> tuple[Change, ...]:
        """Return what has gathered, and begin anew."""
        if not self._gathered:
            return ()
        gathered, self._gathered = self._gathered, []
        return tuple(
            Change(action, target, Markup(self._fill("".join(drafts))))  # noqa: S704 - sanitised, in elements of ours
            for action, target, drafts in gathered
        )
