"""Images that a model sends beside its text, as the Markdown that shows them."""

import re
from typing import Final, NamedTuple, Self
from urllib.parse import quote, urlsplit

from services.ai.provider.fields import Members, items, members

LONGEST_URL: Final = 4096
_DATA: Final = re.compile(
    r"data:image/(png|jpe?g|gif|webp);base64,([A-Za-z0-9+/\s]+=*)\s*", re.IGNORECASE
)
_SPACE: Final = re.compile(r"\s+")
# What ends a destination in Markdown, or means something in it, is not among these.
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
        """Return the image where it has room in so many characters, else a note in its place."""
        written = f"![image]({self.url})"
        if len(written) <= room:
            return written
        size = "" if self.size is None else f" of {_megabytes(self.size)} MB"
        return f"*(An image{size} was too large to be kept.)*"


def images_in(delta: Members) -> tuple[Image, ...]:
    """Return the images of a delta or a message: OpenRouter's `images`, and parts of the content.

    What is neither an image of a known kind nor a web address is passed over.
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
