"""Converts formulas from TeX to MathML, which every browser shows by itself."""

import re
from typing import Final

from services.shared.markdown.maths.mathml import write_mathml
from services.shared.markdown.maths.tex_dialect import normalize_tex
from services.shared.markdown.safety.trusted_html import text_html
from services.shared.text_cache import TextCache

MAX_FORMULA: Final = 2_000
_BUDGET: Final = 100_000
# The fixed cost of a formula, in characters.
_BASE: Final = 20
_MANY: Final = 20
_BEGINNINGS: Final = ("$", r"\(", r"\[", r"\begin{")
# A formula on a line of its own may be wider than the page. It stands in a paragraph, so what is
# around it are no blocks.
_AROUND: Final = {
    "inline": ("<bdi>", "</bdi>"),
    "block": (
        '<span class="formula" dir="ltr"><span class="formula__scroller">',
        '</span><button type="button" class="copy">Copy TeX</button></span>',
    ),
}
_CACHE: Final = TextCache[str](4 << 20)
# A few definitions can cause any amount of work; links and styles have no place in a formula.
_REFUSED: Final = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|[egx]?def|let|DeclareMathOperator"
    r"|(?:re)?newenvironment|href|style|class|unicode)(?![A-Za-z])"
)


class FormulaBudget:
    """How much TeX of one text may be converted: 100,000 characters, with 20 more per formula."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _BUDGET

    def spend(self, tex: str) -> bool:
        """Subtract a formula from the budget; return whether it was within."""
        self._left -= len(tex) + _BASE
        return self._left >= 0


def formula_html(tex: str, *, display: bool) -> str | None:
    """Return a formula as trusted MathML with its TeX as annotation.

    None if it cannot be converted, is longer than 2,000 characters or has unsafe commands. Takes
    up to 20 microseconds a character the first time.
    """
    if len(tex) > MAX_FORMULA or not tex.strip():
        return None
    style = "block" if display else "inline"
    kept = _CACHE.find((tex, style))
    if kept is not None:
        return kept.html
    html = _converted(tex, style)
    _CACHE.keep((tex, style), html)
    return html


def has_many_formulas(text: str) -> bool:
    """Return whether the formulas of a text may take more than about 5 ms to convert."""
    return sum(map(text.count, _BEGINNINGS)) > _MANY


def _converted(tex: str, style: str) -> str | None:
    if _REFUSED.search(tex):
        return None
    # The converter's tables take 10 MB, and most processes never see a formula.
    from latex2mathml.converter import convert_to_element  # noqa: PLC0415 - as above

    try:
        tree = convert_to_element(normalize_tex(tex), display=style)
        body = "".join(part for child in tree for part in write_mathml(child))
    except Exception:  # noqa: BLE001 - the converter raises whatever its source makes it trip over
        return None
    opening, closing = _AROUND[style]
    return (
        f'{opening}<math display="{style}"><semantics>{body}'
        f'<annotation encoding="application/x-tex">{text_html(tex.strip())}</annotation>'
        f"</semantics></math>{closing}"
    )
