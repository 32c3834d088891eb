"""What is to change on a page: one Turbo Stream each."""

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
    """Gathers changes, and makes one of those that follow each other and append to one element."""

    __slots__ = ("_gathered",)

    def __init__(self) -> None:
        self._gathered: list[tuple[ChangeAction, str, list[str]]] = []

    def append(self, target: str, html: str) -> None:
        """Append HTML that `block_html` wrote to what is in an element."""
        if self._gathered and self._gathered[-1][:2] == ("append", target):
            self._gathered[-1][2].append(html)
        else:
            self._gathered.append(("append", target, [html]))

    def replace(self, target: str, html: str) -> None:
        """Put HTML that `block_html` wrote in the place of an element."""
        self._gathered.append(("replace", target, [html]))

    def take(self) -> tuple[Change, ...]:
        """Return what has gathered, and begin anew."""
        if not self._gathered:
            return ()
        gathered, self._gathered = self._gathered, []
        return tuple(
            Change(action, target, Markup("".join(htmls)))  # noqa: S704 - sanitised, in elements of ours
            for action, target, htmls in gathered
        )
