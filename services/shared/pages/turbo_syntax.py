"""Checks that a publication is complete `<turbo-stream>` elements that Turbo executes.

Reference: HTML, "Optional tags", "Void elements" and "Foreign elements"; Turbo 8, `StreamActions`.
"""

from collections.abc import Collection
from html.parser import HTMLParser
from typing import Final, NamedTuple, get_args, override

from services.shared.pages.turbo import Action, starts_like_turbo_streams

ACTIONS: Final = frozenset(get_args(Action))
WITHOUT_CONTENT: Final = frozenset({"remove", "refresh"})
METHODS: Final = {"replace": {"morph"}, "update": {"morph"}, "refresh": {"morph", "replace"}}

STREAM: Final = "turbo-stream"
TEMPLATE: Final = "template"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VOID: Final = _names("area base br col embed hr img input link meta param source track wbr")
_MAY_STAY_OPEN: Final = _names(
    "p li dt dd rt rp option optgroup colgroup caption thead tbody tfoot tr td th"
)
_ENDLESS: Final = "plaintext"
_TEXT_ONLY: Final = _names(f"script style textarea title xmp iframe noembed noframes {_ENDLESS}")
_FOREIGN: Final = _names("svg math")
# Elements of SVG and MathML that contain HTML.
_HTML_AGAIN: Final = _names("foreignobject desc title mi mo mn ms mtext")
# An annotation contains HTML if its encoding is one of these.
_HTML_TYPES: Final = _names("text/html application/xhtml+xml")
_SPACE: Final = " \t\n\r\f"


class TurboStreamError(ValueError):
    """A text that is not one or more complete turbo-stream elements and nothing else."""


class UnknownActionError(TurboStreamError):
    """An action that is neither one of Turbo's nor a custom one."""

    def __init__(self, action: str) -> None:
        super().__init__(f'Turbo knows no action "{action}", only {", ".join(sorted(ACTIONS))}')
        self.action = action


def check_turbo_streams(html: str, custom_actions: Collection[str] = ()) -> None:
    """Read `html` to its end; raise `TurboStreamError` with the reason if it is malformed.

    Custom actions are defined by the page and may need no target and no template. Takes linear
    time.
    """
    reader = _Reader(custom_actions)
    reader.feed(html)
    reader.finish()
    if not starts_like_turbo_streams(html.encode(errors="replace")):
        raise TurboStreamError("the text must begin and end with a <turbo-stream> element's tags")


class _OpenElement(NamedTuple):
    """An element without its end tag yet; `holds_foreign`: its children are SVG or MathML."""

    tag: str
    holds_foreign: bool


class _Reader(HTMLParser):
    """Tracks which elements are open; builds no tree."""

    def __init__(self, custom_actions: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._custom = frozenset(custom_actions)
        self._open: list[_OpenElement] = []
        self._count = 0
        self._action = ""
        self._has_template = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._is_in_text():
            return
        if not self._open:
            self._begin_stream(tag, attrs)
        elif len(self._open) == 1:
            self._begin_template(tag)
        if tag not in _VOID or self._is_foreign():
            self._open.append(_OpenElement(tag, self._will_hold_foreign(tag, attrs)))

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Only SVG and MathML have self-closing tags: elsewhere the slash means nothing.
        is_closed = self._is_foreign() or tag in _FOREIGN
        self.handle_starttag(tag, attrs)
        if is_closed:
            self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if self._is_in_text() and (self._open[-1].tag != tag or tag == _ENDLESS):
            return
        while self._open and self._open[-1].tag != tag and self._open[-1].tag in _MAY_STAY_OPEN:
            self._open.pop()
        if all(one.tag != tag for one in reversed(self._open)):
            raise TurboStreamError(f"</{tag}> closes nothing")
        innermost = self._open.pop().tag
        if innermost != tag:
            raise TurboStreamError(f"</{tag}> comes before <{innermost}> is closed")
        if not self._open:
            self._end_stream()

    @override
    def handle_data(self, data: str) -> None:
        if data.strip(_SPACE):
            self._refuse_outside("text")

    @override
    def handle_comment(self, data: str) -> None:
        if not self._open:
            self._refuse_outside("a comment")

    @override
    def handle_decl(self, decl: str) -> None:
        self._refuse_outside("a declaration")

    @override
    def handle_pi(self, data: str) -> None:
        self._refuse_outside("a processing instruction")

    def finish(self) -> None:
        """Raise `TurboStreamError` if an element is still open, or if there was none."""
        if "<" in self.rawdata:
            # The parser would take each such beginning for text, and scan to the end each time.
            raise TurboStreamError("a tag, a comment or a script is not closed")
        self.close()
        if self._open:
            raise TurboStreamError(f"a <{self._open[-1].tag}> element is not closed")
        if self._count == 0:
            raise TurboStreamError("there is no <turbo-stream> element")

    def _begin_stream(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != STREAM:
            self._refuse_outside(f"<{tag}>")
        self._count += 1
        self._has_template = False
        # Of two attributes with the same name, browsers take the first.
        self._action = _check_attributes(dict(reversed(attrs)), self._custom)

    def _begin_template(self, tag: str) -> None:
        if tag != TEMPLATE:
            raise TurboStreamError(f"<{tag}> stands in the place of the <template>")
        if self._has_template:
            raise TurboStreamError("a <turbo-stream> element has a second <template>")
        self._has_template = True

    def _end_stream(self) -> None:
        if not self._has_template and self._action in ACTIONS - WITHOUT_CONTENT - self._custom:
            raise TurboStreamError(f'the action "{self._action}" has no <template>')

    def _refuse_outside(self, what: str) -> None:
        if not self._open:
            raise TurboStreamError(f"{what} stands outside a <turbo-stream> element")
        if len(self._open) == 1:
            raise TurboStreamError(f"{what} stands in the place of the <template>")

    def _is_in_text(self) -> bool:
        return bool(self._open) and self._open[-1].tag in _TEXT_ONLY and not self._is_svg_title()

    def _is_svg_title(self) -> bool:
        return len(self._open) > 1 and self._open[-2].holds_foreign

    def _is_foreign(self) -> bool:
        return bool(self._open) and self._open[-1].holds_foreign

    def _will_hold_foreign(self, tag: str, attrs: list[tuple[str, str | None]]) -> bool:
        if tag in _FOREIGN or not self._is_foreign():
            return tag in _FOREIGN
        if tag == "annotation-xml":
            encoding = dict(reversed(attrs)).get("encoding") or ""
            return encoding.lower() not in _HTML_TYPES
        return tag not in _HTML_AGAIN


def _check_attributes(attributes: dict[str, str | None], custom: Collection[str]) -> str:
    """Return the action."""
    action = attributes.get("action")
    if not action:
        raise TurboStreamError("a <turbo-stream> element has no action")
    if action in custom:
        return action
    if action not in ACTIONS:
        raise UnknownActionError(action)
    if action != "refresh" and not (attributes.get("target") or attributes.get("targets")):
        raise TurboStreamError(f'the action "{action}" names no target')
    method = attributes.get("method")
    if method and method not in METHODS.get(action, {method}):
        raise TurboStreamError(f'the action "{action}" knows no method "{method}"')
    return action
