"""Turbo Stream elements: building them from trusted markup, and recognising them.

Reference: Turbo handbook, "Come Alive with Turbo Streams".
"""

from typing import Final, Literal

from markupsafe import Markup, escape

MEDIA_TYPE: Final = "text/vnd.turbo-stream.html"

Action = Literal["append", "prepend", "before", "after", "replace", "update", "remove", "refresh"]

OPENING: Final = b"<turbo-stream"
_CLOSING = b"</turbo-stream>"


def change(action: Literal["append", "update", "replace"], target: str, content: Markup) -> Markup:
    """Apply `action` to `target`, with `content`."""
    return _stream(action, target, content)


def append(target: str, content: Markup) -> Markup:
    """Insert `content` at the end of `target`; its children of the same id are removed first."""
    return _stream("append", target, content)


def prepend(target: str, content: Markup) -> Markup:
    """Insert `content` at the start of `target`; its children of the same id are removed first."""
    return _stream("prepend", target, content)


def update(target: str, content: Markup) -> Markup:
    """Replace the content of `target`."""
    return _stream("update", target, content)


def replace(target: str, content: Markup, *, morph: bool = False) -> Markup:
    """Replace `target` by `content`; `morph` keeps every element that has not changed."""
    return _stream("replace", target, content, method="morph" if morph else None)


def remove(target: str) -> Markup:
    """Remove `target`."""
    return _stream("remove", target)


def refresh() -> Markup:
    """Make the page load itself again."""
    return _stream("refresh")


def starts_like_turbo_streams(payload: bytes) -> bool:
    """Check cheaply whether `payload` may be sent to browsers.

    Turbo appends all content outside a turbo-stream element to the page. So the payload must begin
    and end with an element's tags. The content between them is trusted (`turbo_syntax` checks it).
    """
    return (
        payload.startswith(OPENING)
        and payload[len(OPENING) : len(OPENING) + 1] in (b" ", b">", b"\n", b"\t", b"\r", b"\f")
        and payload.rstrip().endswith(_CLOSING)
    )


def _stream(
    action: Action,
    target: str | None = None,
    content: Markup | None = None,
    *,
    method: str | None = None,
) -> Markup:
    if content is not None and not isinstance(content, Markup):
        raise TypeError("a turbo stream holds Markup: escape or render the text first")
    # Without a loop, for speed: every piece of a growing answer is built here.
    aimed = "" if target is None else f' target="{escape(target)}"'
    done = "" if method is None else f' method="{escape(method)}"'
    inside = "" if content is None else f"<template>{content}</template>"
    return Markup(f'<turbo-stream action="{action}"{aimed}{done}>{inside}</turbo-stream>')  # noqa: S704 - escaped above
