"""Markdown as a page shows it, with colours and without."""

import re
from collections.abc import Iterable

from markupsafe import Markup

from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.worker import highlighted
from services.shared.markdown import render

_COLOUR = re.compile(r'<span class="[A-Za-z0-9-]+">([^<]*)</span>')


def plain(text: str, *, id_prefix: str | None = None) -> Markup:
    """Return the canonical HTML of a text whose code has no colours."""
    return render(text, id_prefix=id_prefix).html()


def coloured(text: str, *, id_prefix: str | None = None) -> Markup:
    """Return the canonical HTML of a text, in the colours that its code gets."""
    rendering = render(text, id_prefix=id_prefix)
    return rendering.html(colours_of(rendering.codes))


def colours_of(codes: Iterable[Code]) -> Colours:
    """Colour code as the process does."""
    return {code: highlighted(*code) for code in codes}


def without_colours(html: str) -> str:
    """Take the colours of code out of a page's HTML: any block may have missed its deadline."""
    return _COLOUR.sub(r"\1", html)
