"""What a backup of the bus is as a file: a tar archive that is written from front to back.

Its members, in order: `natter-bus.json`, which says what it is; of each stream a folder with
`stream.json`, its data in parts, and `checksum.json`; `end.json`, without which it is cut off.
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
    """A file that is no whole backup of a bus, and why."""


class _Member(BaseModel):
    model_config = ConfigDict(frozen=True)


class Header(_Member):
    """What an archive is: `schema_version` is the newest migration that its writer knew."""

    kind: Literal["natter-bus"] = "natter-bus"
    format: int = FORMAT
    made_at: AwareDatetime
    schema_version: str
    streams: tuple[str, ...]


class Checksum(_Member):
    """How many bytes a stream's data has, and their SHA-256 in hexadecimal."""

    size: int = 0
    sha256: str


class End(_Member):
    """The end of an archive."""

    streams: int


@dataclass(slots=True)
class Digest:
    """Counts the data of a stream as it goes by."""

    size: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)

    def update(self, data: bytes) -> None:
        """Go on with `data`."""
        self.size += len(data)
        self.sha256.update(data)

    def checksum(self) -> Checksum:
        """Return what has gone by."""
        return Checksum(size=self.size, sha256=self.sha256.hexdigest())
