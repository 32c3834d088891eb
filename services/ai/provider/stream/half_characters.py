"""Joins characters whose surrogates, or bytes, come in two chunks of a stream."""

import json
import re
from typing import Final, cast

_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
# Bytes that were no UTF-8, as PEP 383 writes them.
_BYTES: Final = re.compile("[\udc80-\udcff]+")
# A high half, or the first bytes of a character; CESU-8 writes the halves themselves in UTF-8.
_UNFINISHED: Final = re.compile(
    "(?:[\ud800-\udbff]"
    "|\udced[\udca0-\udcaf][\udc80-\udcbf](?:\udced[\udcb0-\udcbf]?)?"
    "|[\udcc2-\udcdf]"
    "|[\udce0-\udcef][\udc80-\udcbf]?"
    r"|[\udcf0-\udcf4][\udc80-\udcbf]{0,2})\Z"
)


class HalfCharacters:
    """Takes the texts and thoughts of one stream; half a character waits for more of its kind.

    A half that nothing follows stays a surrogate, which `json_fields.text` replaces.
    """

    def __init__(self) -> None:
        self._held = ("", "")
        self.is_needed = False
        """The next text has halves in it, or follows one."""

    def parse(self, data: bytes) -> object:
        """Parse JSON that a strict parser refuses. Raises ValueError or RecursionError."""
        self.is_needed = True
        return cast("object", json.loads(data.decode(errors="surrogateescape")))

    def joined(self, text: str, thoughts: str) -> tuple[str, str]:
        """Return both with whole characters only, but for halves that nothing completes.

        These include a half that was held back where only the other kind follows.
        """
        if text or thoughts:
            held_text, held_thoughts = self._held
            text, unfinished_text = _divided(held_text, text)
            thoughts, unfinished_thoughts = _divided(held_thoughts, thoughts)
            self._held = unfinished_text, unfinished_thoughts
        self.is_needed = any(self._held)
        return text, thoughts

    def finish(self) -> tuple[str, str]:
        """Return the halves that nothing followed."""
        held, self._held, self.is_needed = self._held, ("", ""), False
        return held


def _divided(held: str, text: str) -> tuple[str, str]:
    """Return the whole characters of both, and the unfinished one at the end."""
    unfinished = _UNFINISHED.search(held + text) if text else None
    end = unfinished.start() if unfinished else None
    return _join((held + text)[:end]), unfinished[0] if unfinished else ""


def _join(text: str) -> str:
    if text.isascii():
        return text
    text = _PAIR.sub(_pair, text)
    return _PAIR.sub(_pair, _BYTES.sub(_decoded, text))


def _pair(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _decoded(run: re.Match[str]) -> str:
    data = run[0].encode(errors="surrogateescape")
    try:
        return data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return data.decode(errors="replace")
