"""Writes a backup of the bus."""

from tarfile import BLOCKSIZE, USTAR_FORMAT, TarInfo
from typing import BinaryIO

from pydantic import BaseModel

from services.shared.bus.snapshots.protocol import StreamRecord
from services.web.backup.archive import (
    CHECKSUM,
    END,
    HEADER,
    PART_BYTES,
    RECORD,
    ArchiveEnd,
    ArchiveHeader,
    Digest,
)


class ArchiveWriter:
    """Writes an archive; holds one part in memory. Exceptions of `target` pass through."""

    def __init__(self, target: BinaryIO, header: ArchiveHeader) -> None:
        self._target = target
        self._made_at = int(header.made_at.timestamp())
        self._count = 0
        self._stream = ""
        self._waiting = bytearray()
        self._parts = 0
        self._digest = Digest()
        self._add(HEADER, header)

    def begin(self, record: StreamRecord) -> None:
        """Begin with the next stream."""
        self._stream, self._digest = f"{record.name}/", Digest()
        self._parts = 0
        self._add(self._stream + RECORD, record)

    def write(self, data: bytes) -> None:
        """Add data of the stream."""
        self._digest.update(data)
        self._waiting += data
        if len(self._waiting) >= PART_BYTES:
            self._flush()

    def finish(self) -> None:
        """End the stream."""
        self._flush()
        self._add(self._stream + CHECKSUM, self._digest.checksum())
        self._count += 1

    def end(self) -> None:
        """End the archive, which is complete now (POSIX.1, "ustar": two empty blocks)."""
        self._add(END, ArchiveEnd(streams=self._count))
        self._target.write(bytes(2 * BLOCKSIZE))

    def _flush(self) -> None:
        if self._waiting:
            self._parts += 1
            self._put(f"{self._stream}{self._parts:08}", bytes(self._waiting))
            self._waiting.clear()

    def _add(self, name: str, member: BaseModel) -> None:
        self._put(name, member.model_dump_json(indent=2).encode())

    def _put(self, name: str, data: bytes) -> None:
        info = TarInfo(name)
        info.size, info.mode, info.mtime = len(data), 0o600, self._made_at
        self._target.write(info.tobuf(USTAR_FORMAT))
        self._target.write(data)
        self._target.write(bytes(-len(data) % BLOCKSIZE))
