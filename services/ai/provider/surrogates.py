"""Joins characters whose halves, or bytes, came in two chunks of a stream."""

import json
import re
from collections.abc import Mapping
from typing import Final, cast

from services.ai.provider.fields import Members

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
    """Takes the texts of one stream, each under its field; what is unfinished waits for the next.

    A half that nothing follows stays a surrogate, which `fields.text` replaces.
    """

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._held: dict[str, str] = {}
        self.is_needed = False
        """The next texts have halves in them, or are to follow one."""

    def parse(self, data: bytes) -> object:
        """Parse JSON that a strict parser refuses. Raises ValueError or RecursionError."""
        self.is_needed = True
        return cast("object", json.loads(data.decode(errors="surrogateescape")))

    def joined(self, texts: Members) -> Members:
        """Return `texts` with whole characters only, but for halves that have no other."""
        said = {
            field: text
            for field in self._fields
            if isinstance(text := texts.get(field), str) and text
        }
        if not said:
            self.is_needed = bool(self._held)
            return texts
        held, self._held = self._held, {}
        for field, text in said.items():
            whole = held.pop(field, "") + text
            unfinished = _UNFINISHED.search(whole)
            if unfinished:
                self._held[field] = unfinished[0]
                whole = whole[: unfinished.start()]
            said[field] = _join(whole)
        self.is_needed = bool(self._held)
        return {**texts, **held, **said}

    def finish(self) -> Mapping[str, str]:
        """Return the halves that nothing followed."""
        self.is_needed = False
        held, self._held = self._held, {}
        return held


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
