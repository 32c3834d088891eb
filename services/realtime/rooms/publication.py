"""One stored publication, as it goes to browsers: its position written into its first element."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from services.realtime.websocket.frames import text_frame
from services.shared.bus.position import Cursor
from services.shared.pages.turbo import OPENING

MARK: Final = OPENING + b' data-cursor="'
OPENING_BYTES: Final = len(OPENING)
# What a publication costs in memory beside its bytes: the tuple, the objects in it, a list's slot.
OVERHEAD: Final = 180


class Publication(NamedTuple):
    """A publication of one group: its number in the stream, and its HTML as one text frame.

    The same bytes go to every socket: frames of a server are not masked (RFC 6455, section 5.1).
    """

    sequence: int
    frame: bytes
    size: int
    """Bytes of HTML at the end of `frame`."""

    @property
    def cursor(self) -> bytes:
        """The position, as `stamp` wrote it."""
        begin = len(self.frame) - self.size + len(MARK)
        return self.frame[begin : self.frame.index(b'"', begin)]

    @property
    def html(self) -> bytes:
        """The HTML, with the position in it."""
        return self.frame[-self.size :]


def stamp(epoch: str, sequence: int, html: bytes) -> Publication:
    """Write the position into `html`, which begins with a turbo-stream tag, and frame it.

    It goes in as the first attribute: of two with one name HTML takes the first, so a publisher
    cannot forge it (HTML, "Attribute name state").
    """
    stamped = b'%b%b.%d"%b' % (MARK, epoch.encode(), sequence, html[OPENING_BYTES:])
    return Publication(sequence, text_frame(stamped), len(stamped))


def refresh(at: Cursor) -> Publication:
    """Tell a page that what it missed cannot be had to load itself again, and go on from `at`.

    The typed text and the place in the page stay (Turbo, "Page Refreshes").
    """
    html = b'<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>'
    return stamp(at.epoch, at.sequence, html)


def joined(publications: Iterable[Publication]) -> bytes:
    """Return the frames of `publications` one after the other, for a single write."""
    return b"".join([publication.frame for publication in publications])


def memory(publication: Publication) -> int:
    """Estimate the bytes of memory that keeping `publication` takes."""
    return len(publication.frame) + OVERHEAD
