"""The process that highlights: one line of JSON in, `[language, text]`, and one out, the HTML.

It ends where its input does. A lexer that takes too much of the processor ends it as well, by a
signal whose default action nothing holds up: not the interpreter's lock, and not the death of the
service that has started it.
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
# Names and punctuation have the colour of the text; without them the HTML is half as long.
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
    """Answer until there are no more questions."""
    # A terminal sends it to all of a service's processes; the service ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        language, text = json.loads(line)
        _compile(language)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        html = highlighted(language, text)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(f"{json.dumps(html)}\n")
        sys.stdout.flush()


def highlighted(language: str, text: str) -> str | None:
    """Return code as HTML; None where its lexer trips over it, or where it would grow too large."""
    try:
        html = highlight(text, _lexer(language, text), _FORMATTER)
    except Exception:  # noqa: BLE001 - a lexer may trip over hostile code in any way
        return None
    # The formatter ends the last line, too.
    html = html if text.endswith("\n") else html.removesuffix("\n")
    is_whole = unescape(_TAG.sub("", html)) == text
    return html if is_whole and len(html) <= MAX_HTML_LENGTH else None


class _ShownTypes(Filter):
    """Gives each token the type that it looks like: one with a class of its own, or plain text."""

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
    """Have the rules of a lexer compiled, which is not the fault of its first text."""
    highlighted(language, " ")


if __name__ == "__main__":
    main()
