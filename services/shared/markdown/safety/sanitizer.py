"""The sanitiser that all rendered markdown passes before it may be shown."""

import re
from typing import Final

from nh3 import Cleaner

from services.shared.markdown.safety.addresses import IMAGE_URL
from services.shared.markdown.safety.placeholders import unescaped_html
from services.shared.markdown.safety.trusted_html import with_insertions

# Sequences over which the sanitiser takes quadratic time, the noncharacters that replace them
# meanwhile, and their final form. The same noncharacters in the input are replaced first.
_COSTLY: Final = (("&amp;", "\ufdd0", "&amp;"), ("\xa0", "\ufdd6", "&nbsp;"))

_IDENTIFIER: Final = "[A-Za-z][A-Za-z0-9_-]*"
_LANGUAGE: Final = "[A-Za-z0-9][A-Za-z0-9+#._-]{0,39}"
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "code": {"class"},
    "hr": {"id"},
    "input": {"checked", "disabled"},
    "kbd": set[str](),
    "ol": {"id", "start"},
    "pre": {"data-language", "id"},
    "sup": {"id"},
    **{tag: {"id"} for tag in ("blockquote", "div", "h3", "h4", "h5", "h6", "p", "ul")},
    "summary": {"id"},
}
_BARE_TAGS: Final = {
    *("br", "del", "em", "li", "strong", "sub", "table", "tbody", "td", "th", "thead"),
    "tr",
}
_DIRECTIONS: Final = {"dir": {"auto", "ltr"}}
_WITHOUT_DIRECTION: Final = {"a", "hr", "input"}
_ALIGNMENTS: Final = {"align-left", "align-center", "align-right"}
_CLASSES: Final = {
    "a": {"footnote-back", "remote-image"},
    "blockquote": {
        "alert",
        *(f"alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")),
    },
    "div": {"footnote", "table-scroller"},
    "p": {"alert-title"},
    "sup": {"footnote-reference"},
    "td": _ALIGNMENTS,
    "th": _ALIGNMENTS,
}
_VALUES: Final = {
    ("a", "href"): re.compile(rf"(?s:(?:(?i:https?:|mailto:)|#).*)|{IMAGE_URL}"),
    ("code", "class"): re.compile(f"math|language-{_LANGUAGE}"),
    ("pre", "data-language"): re.compile(_LANGUAGE),
    ("ol", "start"): re.compile(r"[0-9]{1,9}"),
}
_ID: Final = re.compile(_IDENTIFIER)


def sanitize(html: str) -> str:
    """Remove everything from HTML that is not on the allow-list.

    The HTML is parsed as browsers do and serialised again. Then the HTML that `insertion` hid is
    put back, and placeholders are resolved.
    """
    for costly, mark, _ in _COSTLY:
        html = html.replace(mark, "\N{REPLACEMENT CHARACTER}").replace(costly, mark)
    cleaned = _CLEANER.clean(html)
    for _, mark, written in _COSTLY:
        cleaned = cleaned.replace(mark, written)
    shown = unescaped_html(cleaned)
    return shown if shown.isascii() else with_insertions(shown)


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    pattern = _ID if attribute == "id" else _VALUES.get((tag, attribute))
    return value if pattern is None or pattern.fullmatch(value) else None


def _within_page(address: str) -> str | None:
    """Allow only fragments of the same page as relative addresses."""
    return address if address.startswith("#") and _ID.fullmatch(address[1:]) else None


_CLEANER: Final = Cleaner(
    tags=_BARE_TAGS | _ATTRIBUTES.keys(),
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    attribute_filter=_allowed_value,
    tag_attribute_values={
        "a": {"aria-label": {"Back to the text"}, "download": {"image"}, "target": {"_blank"}},
        "input": {"aria-label": {"Task"}, "type": {"checkbox"}},
        "th": {"scope": {"col"}},
        **dict.fromkeys(_ATTRIBUTES.keys() - _WITHOUT_DIRECTION, _DIRECTIONS),
    },
    set_tag_attribute_values={"input": {"disabled": ""}},
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto", "data"},
    url_relative=_within_page,
    link_rel="noopener noreferrer nofollow",
)
