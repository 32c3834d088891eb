"""A stored publication as browsers get it: with its position in its first element."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from services.realtime.websocket.frames import text_frame
from services.shared.bus.position import Cursor
from services.shared.pages.turbo import OPENING

MARK: Final = OPENING + b' data-cursor="'
OPENING_BYTES: Final = len(OPENING)
# Memory of a publication beside its bytes: the tuple, the objects in it, a list's slot.
OVERHEAD: Final = 180


class Publication(NamedTuple):
    """A publication of one group: its number in the stream, and its HTML as one text frame.

    Every socket is sent the same bytes: servers do not mask frames (RFC 6455, section 5.1).
    """

    sequence: int
    frame: bytes
    size: int
    """Bytes of HTML at the end of `frame`."""

    @property
    def cursor(self) -> bytes:
        """The position that `stamp` wrote."""
        begin = len(self.frame) - self.size + len(MARK)
        return self.frame[begin : self.frame.index(b'"', begin)]

    @property
    def html(self) -> bytes:
        """The HTML, with the position in it."""
        return self.frame[-self.size :]


def stamp(epoch: str, sequence: int, html: bytes) -> Publication:
    """Write the position into `html`, which begins with a turbo-stream tag, and frame it.

    It becomes the first attribute: of two attributes with one name HTML takes the first, so a
    publisher cannot forge it (HTML, "Attribute name state").
    """
    stamped = b'%b%b.%d"%b' % (MARK, epoch.encode(), sequence, html[OPENING_BYTES:])
    return Publication(sequence, text_frame(stamped), len(stamped))


def refresh(at: Cursor) -> Publication:
    """Make the publication that reloads a page, which then continues from `at`.

    Typed text and the scroll position stay (Turbo, "Page Refreshes").
    """
    html = b'<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>'
    return stamp(at.epoch, at.sequence, html)


def join_frames(publications: Iterable[Publication]) -> bytes:
    """Concatenate the frames of `publications`, for a single write."""
    return b"".join([publication.frame for publication in publications])


def memory(publication: Publication) -> int:
    """Estimate the bytes of memory that `publication` takes."""
    return len(publication.frame) + OVERHEAD
