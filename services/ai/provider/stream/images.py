"""The images that a model sends beside its text, and the Markdown that shows them."""

import re
from typing import Final, NamedTuple, Self
from urllib.parse import quote, urlsplit

from services.ai.provider.json_fields import Members, items, members

LONGEST_URL: Final = 4096
_DATA: Final = re.compile(
    r"data:image/(png|jpe?g|gif|webp);base64,([A-Za-z0-9+/\s]+=*)\s*", re.IGNORECASE
)
_GAP: Final = "\n\n"
_SPACE: Final = re.compile(r"\s+")
# Without the characters that end a destination in Markdown, or mean something in it.
_KEPT: Final = "!#$%&'*+,-./:=?@[]_~"


class Image(NamedTuple):
    """One image: the URL is safe between parentheses, and `size` is in bytes where it is data."""

    url: str
    size: int | None = None

    @classmethod
    def of(cls, url: object) -> Self | None:
        """Take a `data:` URL of a PNG, JPEG, GIF or WebP, or an http or https URL; else None."""
        if not isinstance(url, str):
            return None
        if found := _DATA.fullmatch(url):
            kind = found[1].lower().replace("jpg", "jpeg")
            data = _SPACE.sub("", found[2])
            return cls(f"data:image/{kind};base64,{data}", len(data) * 3 // 4)
        return cls(quote(url, safe=_KEPT, errors="replace")) if _is_remote(url) else None

    def markdown(self, room: int) -> str:
        """Return the image if it fits into `room` characters, else a note in its place."""
        written = f"![image]({self.url})"
        if len(written) <= room:
            return written
        size = "" if self.size is None else f" of {_megabytes(self.size)} MB"
        return f"*(An image{size} was too large to be kept.)*"


class ImageParagraphs:
    """Writes the images of one answer into its text, each as a paragraph of its own."""

    def __init__(self) -> None:
        self._is_behind_image = False

    def text_with(self, text: str, images: tuple[Image, ...], *, room: int, is_first: bool) -> str:
        """Return the next text of an answer, followed by its images, in up to `room` characters.

        The text itself is not cut.
        """
        if text and self._is_behind_image:
            text = _GAP + text.lstrip("\n")
            self._is_behind_image = False
        for image in images:
            gap = "" if is_first and not text else _GAP
            text += gap + image.markdown(room - len(text) - len(gap))
            self._is_behind_image = True
        return text


def images_in(delta: Members) -> tuple[Image, ...]:
    """Return the images of a delta or a message: OpenRouter's `images`, and parts of the content.

    Anything but an image of a known kind or a web address is ignored.
    """
    parts = map(members, (*items(delta.get("images")), *items(delta.get("content"))))
    found = (Image.of(_url(part.get("image_url"))) for part in parts)
    return tuple(image for image in found if image)


def _url(value: object) -> object:
    return value if isinstance(value, str) else members(value).get("url")


def _is_remote(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return len(url) <= LONGEST_URL and parts.scheme in {"http", "https"} and bool(parts.hostname)


def _megabytes(size: int) -> str:
    return f"{max(size / 1_000_000, 0.1):.1f}"
