"""Turns bare addresses in prose into links."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from services.shared.markdown.html import elements
from services.shared.markdown.parse.data_images import between_images, has_marks
from services.shared.markdown.safety.addresses import safe_href

# GFM, "Autolinks (extension)". Lengths are bounded so that finding and trimming stay linear in a
# text without spaces. For the same reason, each pattern begins at the start of a word.
_BARE: Final = re.compile(
    r"""
      (?<!\w) https?:// [^\s<>]{1,2000}
    | (?<![\w/.@-]) www\. (?=[\w-]+\.[\w-]) [^\s<>]{1,2000}
    | (?<![\w.+@/-]) (?:mailto:)? [A-Za-z0-9._+-]{1,64} @
      (?: [A-Za-z0-9_-]{1,63} \. ){1,8} [A-Za-z0-9_-]{0,62} [A-Za-z0-9] (?![\w@-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TRAILING: Final = ".,:;!?\"'*_~)]"


def linked_prose(text: str) -> str:
    """Escape plain text, and turn the web and e-mail addresses in it into links."""
    if has_marks(text):
        return "".join(_around_images(text))
    return "".join(_linked(text)) if _may_link(text) else escape(text, quote=False)


def _around_images(text: str) -> Iterator[str]:
    for number, part in enumerate(between_images(text)):
        yield elements.unfinished_image(part) if number % 2 else "".join(_linked(part))


def _may_link(text: str) -> bool:
    """Return whether the text has a part that every address has."""
    return "@" in text or "://" in text or "www." in text.lower()


def _linked(text: str) -> Iterator[str]:
    position = 0
    for found in _BARE.finditer(text):
        address = _without_punctuation(found[0])
        href = safe_href(_with_scheme(address))
        if href is None:
            continue
        yield escape(text[position : found.start()], quote=False)
        yield f"<a{elements.link_attributes(href)}>{escape(address, quote=False)}</a>"
        position = found.start() + len(address)
    yield escape(text[position:], quote=False)


def _with_scheme(address: str) -> str:
    start = address[:8].lower()
    if start.startswith(("http://", "https://", "mailto:")):
        return address
    return f"http://{address}" if start.startswith("www.") else f"mailto:{address}"


def _without_punctuation(address: str) -> str:
    """Drop punctuation that ends the sentence, and brackets opened before the address."""
    surplus = {")": address.count(")") - address.count("("), "]": address.count("]")}
    end = len(address)
    while end and address[end - 1] in _TRAILING:
        last = address[end - 1]
        if surplus.get(last, 1) <= 0:
            break
        surplus[last] = surplus.get(last, 1) - (last in surplus)
        end -= 1
    return address[:end]
