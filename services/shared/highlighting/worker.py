"""The highlighting process: a line of JSON in, `[language, text]`, and a line out, the HTML.

A line before all others says that it is ready. It ends with its input. A lexer that takes too much
CPU time ends it, too, by a signal with its default action, which works even while the GIL is held
or after the service has died.
"""

import json
import signal
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape
from re import compile as pattern
from typing import Any, Final, override

from pygments import highlight
from pygments.filter import Filter
from pygments.filters import TokenMergeFilter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Token

from services.shared.highlighting.code import MAX_HTML_LENGTH

CPU_SECONDS: Final = 0.25
_OPTIONS: Final = {"ensurenl": False, "handlecodeblocks": False, "stripnl": False}
# Names and punctuation have the colour of the text; without their spans the HTML is half as long.
_PLAIN_CLASSES: Final = {
    "",
    "err",
    "esc",
    "g",
    "l",
    "ld",
    "n",
    "nx",
    "o",
    "p",
    "pm",
    "py",
    "w",
    "x",
}
_FORMATTER: Final = HtmlFormatter(nowrap=True)
_TAG: Final = pattern("<[^>]*>")


def main() -> None:
    """Answer questions until the input ends."""
    # A terminal sends SIGINT to all processes of a service; the service ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _write_line("ready")
    for line in sys.stdin.buffer:
        language, text = json.loads(line)
        _compile(language)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        html = highlighted(language, text)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write_line(json.dumps(html))


def _write_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def highlighted(language: str, text: str) -> str | None:
    """Return code as HTML; None if its lexer fails or the HTML would be too large."""
    try:
        html = highlight(text, _lexer(language, text), _FORMATTER)
    except Exception:  # noqa: BLE001 - a lexer may fail on hostile code in any way
        return None
    # The formatter adds a line end to the last line.
    html = html if text.endswith("\n") else html.removesuffix("\n")
    is_whole = unescape(_TAG.sub("", html)) == text
    return html if is_whole and len(html) <= MAX_HTML_LENGTH else None


class _ShownTypes(Filter):
    """Gives each token a type with a visible class, or plain text."""

    @override
    def filter(
        self, lexer: Lexer | None, stream: Iterable[tuple[Any, str]]
    ) -> Iterator[tuple[Any, str]]:
        for kind, text in stream:
            yield _shown_type(kind), text


@cache
def _shown_type(kind: Any) -> Any:
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return Token.Text if STANDARD_TYPES[kind] in _PLAIN_CLASSES else kind


def _lexer(language: str, text: str) -> Lexer:
    lexer = get_lexer_by_name(language, startinline="<?" not in text, **_OPTIONS)
    lexer.add_filter(_ShownTypes())
    lexer.add_filter(TokenMergeFilter())
    return lexer


@cache
def _compile(language: str) -> None:
    """Compile the rules of a lexer, so that the first text is not charged for it."""
    highlighted(language, " ")


if __name__ == "__main__":
    main()
