"""Turbo Stream elements: built from trusted markup only, recognised on the way through.

Reference: Turbo handbook, "Come Alive with Turbo Streams".
"""

from html.parser import HTMLParser
from typing import Final, Literal, override

from markupsafe import Markup, escape

MEDIA_TYPE: Final = "text/vnd.turbo-stream.html"

Action = Literal["append", "prepend", "before", "after", "replace", "update", "remove", "refresh"]

OPENING: Final = b"<turbo-stream"
_CLOSING = b"</turbo-stream>"


class TurboStreamError(ValueError):
    """A text that is not one or more complete turbo-stream elements and nothing else."""


def change(action: Literal["append", "update", "replace"], target: str, content: Markup) -> Markup:
    """Do to `target` what `action` says, with `content`."""
    return _stream(action, target, content)


def append(target: str, content: Markup) -> Markup:
    """Insert `content` at the end of `target`; its children of the same id are removed first."""
    return _stream("append", target, content)


def update(target: str, content: Markup) -> Markup:
    """Set what is inside `target`."""
    return _stream("update", target, content)


def replace(target: str, content: Markup, *, morph: bool = False) -> Markup:
    """Put `content` in the place of `target`; `morph` keeps every element that has not changed."""
    return _stream("replace", target, content, method="morph" if morph else None)


def remove(target: str) -> Markup:
    """Take `target` away."""
    return _stream("remove", target)


def refresh() -> Markup:
    """Tell the page to load itself again."""
    return _stream("refresh")


def starts_like_turbo_streams(payload: bytes) -> bool:
    """Tell cheaply whether `payload` may be sent to browsers.

    Turbo puts whatever stands outside a turbo-stream element at the end of the page, so both ends
    must be an element's; what is between is the publisher's word (`check_turbo_streams` reads it).
    """
    return (
        payload.startswith(OPENING)
        and payload[len(OPENING) : len(OPENING) + 1] in (b" ", b">", b"\n", b"\t", b"\r", b"\f")
        and payload.rstrip().endswith(_CLOSING)
    )


def check_turbo_streams(html: str) -> None:
    """Read `html` to its end; raise `TurboStreamError` with the reason where it is malformed."""
    reader = _TurboStreamReader()
    reader.feed(html)
    reader.finish()
    if not starts_like_turbo_streams(html.encode(errors="replace")):
        raise TurboStreamError("the text must begin and end with a <turbo-stream> element's tags")


def _stream(
    action: Action,
    target: str | None = None,
    content: Markup | None = None,
    *,
    method: str | None = None,
) -> Markup:
    if content is not None and not isinstance(content, Markup):
        raise TypeError("a turbo stream holds Markup: escape or render the text first")
    # Not by a loop: a growing answer comes through here all the time.
    aimed = "" if target is None else f' target="{escape(target)}"'
    done = "" if method is None else f' method="{escape(method)}"'
    inside = "" if content is None else f"<template>{content}</template>"
    return Markup(f'<turbo-stream action="{action}"{aimed}{done}>{inside}</turbo-stream>')  # noqa: S704 - escaped above


class _TurboStreamReader(HTMLParser):
    """Follows the outermost elements only; templates may hold anything."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._depth = 0
        self._count = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "turbo-stream":
            if self._depth == 0:
                raise TurboStreamError(f"<{tag}> stands outside a <turbo-stream> element")
            return
        if self._depth == 0:
            self._count += 1
            _check_attributes(dict(attrs))
        self._depth += 1

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "turbo-stream":
            self._depth -= 1
        if self._depth < 0:
            raise TurboStreamError("</turbo-stream> closes nothing")

    @override
    def handle_data(self, data: str) -> None:
        if self._depth == 0 and data.strip():
            raise TurboStreamError("text stands outside a <turbo-stream> element")

    @override
    def handle_comment(self, data: str) -> None:
        if self._depth == 0:
            raise TurboStreamError("a comment stands outside a <turbo-stream> element")

    def finish(self) -> None:
        if "<" in self.rawdata:
            # The parser would take each such beginning for text, and look on to the end each time.
            raise TurboStreamError("a tag, a comment or a script is not closed")
        self.close()
        if self._depth:
            raise TurboStreamError("a <turbo-stream> element is not closed")
        if self._count == 0:
            raise TurboStreamError("there is no <turbo-stream> element")


def _check_attributes(attributes: dict[str, str | None]) -> None:
    action = attributes.get("action")
    if not action:
        raise TurboStreamError("a <turbo-stream> element has no action")
    if action != "refresh" and not (attributes.get("target") or attributes.get("targets")):
        raise TurboStreamError(f'the action "{action}" names no target')
