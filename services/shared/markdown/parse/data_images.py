"""Images embedded in a text as data URLs (RFC 2397): read once, checked, written once.

Their base64 is kept here, and a mark replaces it in the text. So the text to parse and the open end
to send stay short. Where text is shown as it was written, the base64 is put back.
"""

import re
from base64 import b64decode
from binascii import Error
from typing import Final

from services.shared.text_buffer import TextBuffer

MAX_IMAGE: Final = 700_000
"""The longest base64 that is shown, in characters: an image must fit into a message of 1 MB."""
_KINDS: Final = {
    "png": (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    "jpeg": (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    "jpg": (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    "gif": (re.compile(rb"GIF8[79]a"), "gif"),
    "webp": (re.compile(rb"(?s:RIFF.{4}WEBP)"), "webp"),
}
_URL: Final = f"data:image/(?:{'|'.join(_KINDS)});base64,"
_START: Final = re.compile(_URL)
_LONGEST_START: Final = len("data:image/jpeg;base64,")
_BASE64: Final = re.compile("[A-Za-z0-9+/=]*")
# Reserved characters: no text has them.
_MARK: Final = re.compile("\ufddc([0-9]+)\ufddd")
_MARKED_URL: Final = re.compile(f"data:image/({'|'.join(_KINDS)});base64,{_MARK.pattern}")
_SHORTENED: Final = "\N{HORIZONTAL ELLIPSIS}"
_UNFINISHED: Final = re.compile(rf"!\[([^\[\]]{{0,1000}})\]\(<?{_URL}\ufddc[0-9]+\ufddd")


class DataImages:
    """The images that `read` has taken out of one text."""

    __slots__ = ("_before", "_open", "_payloads", "_taken")

    def __init__(self) -> None:
        self._payloads: list[TextBuffer] = []
        self._open = False
        self._before = ""
        self._taken: set[int] = set()

    def read(self, piece: str) -> str:
        """Return the next piece of a text with marks for base64, however the text is cut."""
        text = self._before + piece
        position, sought = len(self._before), 0
        parts: list[str] = []
        while position < len(text):
            if self._open:
                sought = position = self._gather(text, position)
                continue
            found = _START.search(text, sought)
            end = found.end() if found else len(text)
            parts.append(text[position:end])
            position = end
            if found:
                parts.append(self._begin())
        self._before = "" if self._open else text[max(sought, len(text) - _LONGEST_START) :]
        return "".join(parts)

    def take(self, address: str) -> str | None:
        """Return the data URL of an address with a mark, once; None if it cannot be shown.

        The base64 must be valid and at most `MAX_IMAGE` long, and the data must begin with the
        signature of its type.
        """
        found = _MARKED_URL.fullmatch(address)
        if found is None or (number := int(found[2])) in self._taken:
            return None
        payload = self._payload(number)
        signature, kind = _KINDS[found[1]]
        if not payload or len(payload) > MAX_IMAGE or not _has(payload, signature):
            return None
        self._taken.add(number)
        return f"data:image/{kind};base64,{payload}"

    def restored(self, text: str) -> str:
        """Replace the marks by their base64."""
        if not has_marks(text):
            return text
        return _MARK.sub(lambda mark: self._payload(int(mark[1])) or _SHORTENED, text)

    def _begin(self) -> str:
        self._payloads.append(TextBuffer())
        self._open = True
        return f"\ufddc{len(self._payloads) - 1}\ufddd"

    def _gather(self, text: str, position: int) -> int:
        end = _BASE64.match(text, position).end()  # type: ignore[union-attr]  # it also matches nothing
        self._payloads[-1].add(text[position:end])
        self._open = end == len(text)
        return end

    def _payload(self, number: int) -> str | None:
        return str(self._payloads[number]) if number < len(self._payloads) else None


def has_marks(text: str) -> bool:
    """Return whether the text has a mark."""
    return "\ufddc" in text


def between_images(text: str) -> list[str]:
    """Split prose at unfinished images: prose and an image's alternative text alternate.

    The rest of other data URLs is shortened.
    """
    parts = _UNFINISHED.split(text)
    return [_MARK.sub(_SHORTENED, part) for part in parts]


def _has(payload: str, signature: re.Pattern[bytes]) -> bool:
    """Return whether base64 is valid and its data begins with a signature."""
    try:
        return signature.match(b64decode(payload, validate=True)) is not None
    except Error:
        return False
