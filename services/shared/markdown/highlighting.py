"""Code with its words coloured: Pygments' tokens as spans with its short classes."""

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import islice
from time import thread_time
from typing import Final

from pygments.token import STANDARD_TYPES, _TokenType

from services.shared.markdown.insertions import is_plain
from services.shared.markdown.languages import known_language
from services.shared.markdown.lexing import Token, tokens
from services.shared.markdown.text_cache import TextCache

_MAX_LENGTH: Final = 100_000
_MAX_LINES: Final = 2_000
_MAX_LINE_LENGTH: Final = 2_000
_LONG_LENGTH: Final = 4_000
# Lexers take cubic time over a run of blank lines.
_MANY_BLANK_LINES: Final = "\n" * 40
_CACHE: Final = TextCache(8 << 20)
# Many lexers look to the end of the text at each quote or comment that does not end, which takes
# quadratic time. What real code needs is a tenth of this.
_CPU_SECONDS: Final = 0.025
_CPU_SECONDS_A_CHARACTER: Final = 10e-6
_TOKENS_A_LOOK: Final = 16
# Names and punctuation have the colour of the text; without them the HTML is half as long.
_PLAIN_CLASSES: Final = {"", "err", "esc", "g", "l", "ld", "n", "o", "p", "pm", "w", "x"}


class _TooCostlyError(Exception):
    """Code takes a lexer longer than any real code would."""


def highlight(code: str, language: str) -> str | None:
    """Return code as escaped HTML in which spans have Pygments' short classes.

    None, for code to be left plain: the language is none we know, the code is very long, or its
    lexer took too long over it. Takes at most about 25 ms and 10 microseconds a character.
    """
    known = known_language(language)
    if known is None or _is_too_long(code) or not is_plain(code):
        return None
    return _CACHE.get((code, known), lambda: _highlighted(code, known))


def is_long(code: str) -> bool:
    """Say whether highlighting may take more than about 5 ms: it belongs off the event loop."""
    return len(code) > _LONG_LENGTH


def _is_too_long(code: str) -> bool:
    if len(code) > _MAX_LENGTH or code.count("\n") > _MAX_LINES:
        return True
    lines = code.split("\n")
    too_wide = max(map(len, lines)) > _MAX_LINE_LENGTH
    return too_wide or _MANY_BLANK_LINES in "\n".join(map(str.strip, lines))


def _highlighted(code: str, language: str) -> str | None:
    try:
        runs = list(_runs(_in_time(tokens(code, language), len(code))))
    except _TooCostlyError:
        return None
    except Exception:  # noqa: BLE001 - a lexer may trip over hostile code in any way
        return None
    shown = "".join([text for _, text in runs])
    return "".join([_html(*run) for run in runs]) if shown == code else None


def _in_time(found: Iterator[Token], length: int) -> Iterator[Token]:
    deadline = thread_time() + _CPU_SECONDS + _CPU_SECONDS_A_CHARACTER * length
    while some := list(islice(found, _TOKENS_A_LOOK)):
        if thread_time() > deadline:
            raise _TooCostlyError
        yield from some


def _runs(found: Iterator[Token]) -> Iterator[tuple[str, str]]:
    """Join what stands side by side and looks alike, whatever space is between."""
    around, texts, space = "", "", ""
    for kind, text in found:
        css_class = _css_class(kind)
        if css_class == "" and text.isspace():
            space += text
        elif css_class == around:
            texts += space + text
            space = ""
        else:
            yield around, texts
            yield "", space
            around, texts, space = css_class, text, ""
    yield around, texts
    yield "", space


def _html(css_class: str, text: str) -> str:
    shown = escape(text, quote=False)
    return f'<span class="{css_class}">{shown}</span>' if css_class and text else shown


@cache
def _css_class(kind: _TokenType) -> str:
    parent = kind.parent
    if kind not in STANDARD_TYPES:
        return "" if parent is None else _css_class(parent)
    css_class = STANDARD_TYPES[kind]
    return "" if css_class in _PLAIN_CLASSES else css_class
