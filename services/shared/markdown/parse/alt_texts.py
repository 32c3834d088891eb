"""Images that stand in a text itself, as a model is told of them: by their words."""

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
    """Put the words of the images that stand in a markdown text into their place.

    Code keeps its text.
    """
    if "data:image/" not in text:
        return text
    source = text.encode(*_ENCODING)
    parts: list[bytes] = []
    position = 0
    for start, end in _codes(text):
        parts += (_told(source[position:start]), source[start:end])
        position = end
    return b"".join((*parts, _told(source[position:]))).decode(*_ENCODING)


def _told(source: bytes) -> bytes:
    return _IMAGE.sub(lambda found: found[1] or b"image", source)


def _codes(text: str) -> Iterator[tuple[int, int]]:
    """Find the code that is not in the words of an image, in bytes of UTF-8."""
    image_end = 0
    for event, span in events(_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)):
        match event:
            case {"Start": {"Image": _}}:
                image_end = max(image_end, span["end"])
            case {"Code": _} | {"Start": {"CodeBlock": _}} if span["start"] >= image_end:
                yield span["start"], span["end"]
            case _:
                pass
