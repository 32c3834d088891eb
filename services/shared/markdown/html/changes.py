"""Changes of a page, one Turbo Stream each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

type ChangeAction = Literal["append", "update", "replace"]


@dataclass(frozen=True, slots=True)
class Change:
    """A Turbo Stream's action, the id of its target element, and its HTML."""

    action: ChangeAction
    target: str
    html: Markup


class Changes:
    """Collects changes, and merges consecutive ones that append to the same element.

    They are collected as drafts, which `fill` turns into HTML.
    """

    __slots__ = ("_collected", "_fill")

    def __init__(self, fill: Callable[[str], str]) -> None:
        self._fill = fill
        self._collected: list[tuple[ChangeAction, str, list[str]]] = []

    def append(self, target: str, draft: str) -> None:
        """Append a draft to the content of an element."""
        if self._collected and self._collected[-1][:2] == ("append", target):
            self._collected[-1][2].append(draft)
        else:
            self._collected.append(("append", target, [draft]))

    def replace(self, target: str, draft: str) -> None:
        """Replace an element by a draft."""
        self._collected.append(("replace", target, [draft]))

    def take(self) -> tuple[Change, ...]:
        """Return the collected changes and start again."""
        if not self._collected:
            return ()
        collected, self._collected = self._collected, []
        return tuple(
            Change(action, target, Markup(self._fill("".join(drafts))))  # noqa: S704 - sanitised, in elements of ours
            for action, target, drafts in collected
        )
