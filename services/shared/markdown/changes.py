"""What is to change on a page: one Turbo Stream each."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from markupsafe import Markup

type ChangeAction = Literal["append", "update", "replace"]


@dataclass(frozen=True, slots=True)
class Change:
    """A Turbo Stream to be: its action, the id of the element it is about, and its HTML."""

    action: ChangeAction
    target: str
    html: Markup


def change(action: ChangeAction, target: str, html: str) -> Change:
    """Make a change of HTML that `block_html` wrote."""
    return Change(action, target, Markup(html))  # noqa: S704 - sanitised, in elements of ours


def joined(changes: list[Change]) -> tuple[Change, ...]:
    """Make one change of those that follow each other and append to the same element."""
    if not changes:
        return ()
    return tuple(
        found
        for (action, target), group in groupby(
            changes, lambda change: (change.action, change.target)
        )
        for found in _joined_group(action, target, [change.html for change in group])
    )


def _joined_group(action: ChangeAction, target: str, htmls: list[Markup]) -> Iterable[Change]:
    if action == "append":
        return (Change(action, target, Markup().join(htmls)),)
    return (Change(action, target, htmls[-1]),)
