"""The format of a backup of the bus: a tar archive, written from front to back.

Its members, in order: `natter-bus.json`, which describes it; for each stream a folder with
`stream.json`, the data in parts, and `checksum.json`; `end.json`, without which it is cut off.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

FORMAT: Final = 1
PART_BYTES: Final = 4 * 1024 * 1024

HEADER: Final = "natter-bus.json"
RECORD: Final = "stream.json"
CHECKSUM: Final = "checksum.json"
END: Final = "end.json"


class ArchiveError(Exception):
    """A file is not a complete backup of a bus; the text says why."""


class _Member(BaseModel):
    model_config = ConfigDict(frozen=True)


class ArchiveHeader(_Member):
    """Describes an archive; `schema_version` is the newest migration its writer knew."""

    kind: Literal["natter-bus"] = "natter-bus"
    format: int = FORMAT
    made_at: AwareDatetime
    schema_version: str
    streams: tuple[str, ...]


class Checksum(_Member):
    """The size of a stream's data in bytes, and its SHA-256 in hexadecimal."""

    size: int = 0
    sha256: str


class ArchiveEnd(_Member):
    """The end of an archive."""

    streams: int


@dataclass(slots=True)
class Digest:
    """Size and hash of a stream's data so far."""

    size: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)

    def update(self, data: bytes) -> None:
        """Add `data`."""
        self.size += len(data)
        self.sha256.update(data)

    def checksum(self) -> Checksum:
        """Return the checksum of the data so far."""
        return Checksum(size=self.size, sha256=self.sha256.hexdigest())
