"""Replaces the data images in a text by their alternative texts, for a model to read."""

import re
from collections.abc import Iterator
from typing import Final

from services.shared.markdown.parse.source import events

_IMAGE: Final = re.compile(
    rb"!\[([^\[\]]*)\]\(\s{0,9}<?data:image/[a-z.+-]{1,20};base64,"
    rb"""[A-Za-z0-9+/=%]*>?(?:\s{1,9}(?:"[^"\n]{0,1000}"|'[^'\n]{0,1000}'))?\s{0,9}\)?"""
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ENCODING: Final = ("utf-8", "surrogatepass")


def without_data_images(text: str) -> str:
    """Replace the data images in a markdown text by their alternative texts; code is unchanged."""
    if "data:image/" not in text:
        return text
    source = text.encode(*_ENCODING)
    parts: list[bytes] = []
    position = 0
    for start, end in _code_spans(text):
        parts += (_without_images(source[position:start]), source[start:end])
        position = end
    return b"".join((*parts, _without_images(source[position:]))).decode(*_ENCODING)


def _without_images(source: bytes) -> bytes:
    return _IMAGE.sub(lambda found: found[1] or b"image", source)


def _code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the UTF-8 byte offsets of code, except within the alternative text of an image."""
    image_end = 0
    for event, span in events(_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)):
        match event:
            case {"Start": {"Image": _}}:
                image_end = max(image_end, span["end"])
            case {"Code": _} | {"Start": {"CodeBlock": _}} if span["start"] >= image_end:
                yield span["start"], span["end"]
            case _:
                pass
